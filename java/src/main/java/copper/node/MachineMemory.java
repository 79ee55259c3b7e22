package copper.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * How much memory this process may use at most: the machine's, or less where a control group says
 * so.
 */
public final class MachineMemory {
  private final Path root;

  /** Looks at the files below {@code root}, which is "/" but in tests. */
  public MachineMemory(Path root) {
    this.root = root;
  }

  /** Returns the bytes; those of the machine where no group says less. */
  public long bytes() {
    long bytes = installed();
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      // hierarchy:controllers:path; version 2 has one line, with no controllers.
      String[] parts = line.split(":", 3);
      if (parts.length < 3) {
        continue;
      }
      if (parts[1].isEmpty()) {
        bytes = Math.min(bytes, least("sys/fs/cgroup", parts[2], "memory.max"));
      } else if (List.of(parts[1].split(",", -1)).contains("memory")) {
        bytes = Math.min(bytes, least("sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes"));
      }
    }
    return bytes;
  }

  private long installed() {
    return lines(root.resolve("proc/meminfo")).stream()
        .filter(line -> line.startsWith("MemTotal:"))
        .map(line -> number(line.replaceAll("[^0-9]", "")))
        .filter(OptionalLong::isPresent)
        .mapToLong(kib -> kib.getAsLong() << 10)
        .findFirst()
        // The JVM's own bound for its heap is a quarter by default.
        .orElseGet(() -> 4 * Runtime.getRuntime().maxMemory());
  }

  /** The least limit of the group {@code path} and those it is in. */
  private long least(String hierarchy, String path, String file) {
    Path top = root.resolve(hierarchy);
    // In a container the path may be one of the host's, which is not there: then its top is ours.
    Path group = top.resolve(path.replaceFirst("^/+", "")).normalize();
    long least = Long.MAX_VALUE;
    for (Path at = group.startsWith(top) ? group : top; at.startsWith(top); at = at.getParent()) {
      for (String line : lines(at.resolve(file))) {
        OptionalLong limit = number(line.strip());
        if (limit.isPresent() && limit.getAsLong() > 0) {
          least = Math.min(least, limit.getAsLong());
        }
      }
    }
    return least;
  }

  private static OptionalLong number(String text) {
    Predicate<String> digits = each -> each.matches("[0-9]{1,18}");
    // "max", and the 19 digits version 1 has for it, say that there is no limit.
    return digits.test(text) ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
