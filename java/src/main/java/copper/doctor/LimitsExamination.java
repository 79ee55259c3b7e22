package copper.doctor;

import copper.node.MachineMemory;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether this process may have what a node uses: files, threads, memory, cores. */
public final class LimitsExamination implements Examination {
  private static final Pattern LIMIT = Pattern.compile("(Max [a-z ]+?) {2,}(\\S+) +(\\S+).*");
  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;

  /** A connection to each child and ancestor, and as many files of storage as are read at once. */
  private static final long FEWEST_FILES = 256;

  private static final long ENOUGH_FILES = 1024;
  private static final long FEWEST_PROCESSES = 64;
  private static final long ENOUGH_PROCESSES = 512;

  /** Java reserves the heap's largest size, a gigabyte for classes, and a stack for each thread. */
  private static final long ENOUGH_ADDRESSES = 8 * GIB;

  private static final long LEAST_MEMORY = 256 * MIB;
  private static final long ENOUGH_MEMORY = GIB;

  private final Host host;

  /** Whether libfabric has memory locked on the network that is meant. */
  private final boolean locksMemory;

  /**
   * Examines the limits of this process on {@code host}.
   *
   * @param network what {@code -net_type} will be; empty if that is not known
   */
  public LimitsExamination(Host host, String network) {
    this.host = host;
    this.locksMemory = network.startsWith("cxi") || network.contains("verbs");
  }

  @Override
  public String matter() {
    return "Limits and memory";
  }

  @Override
  public List<Finding> findings() {
    List<Finding> found = new ArrayList<>();
    // Java raises its own soft limit of files to the hard one.
    found.add(
        number(
            limit("Max open files", true),
            FEWEST_FILES,
            ENOUGH_FILES,
            "open files (ulimit -n)",
            "ulimit -n " + ENOUGH_FILES + ", or have root raise nofile in limits.conf"));
    found.add(
        number(
            limit("Max processes", false),
            FEWEST_PROCESSES,
            ENOUGH_PROCESSES,
            "threads and processes of this user (ulimit -u)",
            "ulimit -u " + ENOUGH_PROCESSES + ", or have root raise nproc in limits.conf"));
    found.add(addresses(limit("Max address space", false)));
    found.add(locked(limit("Max locked memory", false)));
    found.add(memory());
    found.add(cores());
    return found;
  }

  /** Returns a limit; nothing if there is none. */
  private OptionalLong limit(String name, boolean hard) {
    return host.lines("proc/self/limits").stream()
        .map(LIMIT::matcher)
        .filter(Matcher::matches)
        .filter(line -> line.group(1).equals(name))
        .map(line -> line.group(hard ? 3 : 2))
        .filter(value -> !value.equals("unlimited"))
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  private static Finding number(
      OptionalLong limit, long least, long enough, String what, String advice) {
    String said = (limit.isEmpty() ? "any number of " : limit.getAsLong() + " ") + what;
    if (limit.isEmpty() || limit.getAsLong() >= enough) {
      return Finding.fine(said);
    }
    return limit.getAsLong() < least
        ? Finding.problem("only " + said, advice)
        : Finding.note("only " + said, advice);
  }

  private static Finding addresses(OptionalLong limit) {
    if (limit.isEmpty()) {
      return Finding.fine("address space is not limited (ulimit -v)");
    }
    String said = "address space of " + size(limit.getAsLong()) + " (ulimit -v)";
    return limit.getAsLong() >= ENOUGH_ADDRESSES
        ? Finding.fine(said)
        : Finding.problem(
            "only " + said + ": Java reserves more than it uses", "ulimit -v unlimited");
  }

  private Finding locked(OptionalLong limit) {
    String said =
        limit.isEmpty()
            ? "any amount of locked memory (ulimit -l)"
            : size(limit.getAsLong()) + " of locked memory (ulimit -l)";
    if (limit.isEmpty() || !locksMemory) {
      return Finding.fine(said);
    }
    return Finding.note(
        "only " + said + ": libfabric has buffers locked on this network",
        "ulimit -l unlimited, or have root raise memlock in limits.conf");
  }

  private Finding memory() {
    long total = memory("MemTotal");
    long allowed = new MachineMemory(host.root()).bytes();
    long free = Math.min(allowed, memory("MemAvailable"));
    String group =
        allowed < total ? " (its control group lets this job use " + size(allowed) + ")" : "";
    String said = size(total) + " of memory" + group + ", " + size(free) + " available";
    if (free >= ENOUGH_MEMORY) {
      return Finding.fine(said);
    }
    String advice = "end what uses it, or bound what a node keeps by -max_cache_bytes";
    return free < LEAST_MEMORY ? Finding.problem(said, advice) : Finding.note(said, advice);
  }

  private long memory(String name) {
    return host.lines("proc/meminfo").stream()
        .filter(line -> line.startsWith(name + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) << 10)
        .findFirst()
        .orElse(0);
  }

  private static Finding cores() {
    int cores = ManagementFactory.getOperatingSystemMXBean().getAvailableProcessors();
    return cores > 1
        ? Finding.fine(cores + " processors may be used")
        : Finding.note(
            "one processor may be used: the node and the program take turns",
            "let Copper have processors of its own (launch scripts: -b)");
  }

  private static String size(long bytes) {
    return bytes >= GIB
        ? "%.1f GiB".formatted((double) bytes / GIB)
        : "%d MiB".formatted(bytes / MIB);
  }
}
