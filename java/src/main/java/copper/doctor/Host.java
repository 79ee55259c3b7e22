package copper.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The host that is examined, as its files and the environment show it.
 *
 * @param root the root directory: another than "/" shows another host
 * @param environment the variables
 */
public record Host(Path root, Map<String, String> environment) {
  private static final String DEFAULT_PATH = "/usr/bin:/bin";

  /** Takes an unmodifiable copy of the variables. */
  public Host {
    environment = Map.copyOf(environment);
  }

  /** Returns the host on which this runs. */
  public static Host here() {
    return new Host(Path.of("/"), System.getenv());
  }

  /** Returns a path below the root. */
  Path path(String name) {
    return root.resolve(name);
  }

  /** Returns the lines of a file; none if it cannot be read. */
  List<String> lines(String name) {
    try {
      return Files.readAllLines(path(name));
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Returns the first line of a file; empty if it cannot be read, or has none. */
  String line(String name) {
    return lines(name).stream().findFirst().map(String::strip).orElse("");
  }

  /** Returns the names in a directory, sorted; none if it cannot be read. */
  List<String> names(String directory) {
    try (Stream<Path> found = Files.list(path(directory))) {
      return found.map(each -> each.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Returns where the shell would find a program. */
  Optional<Path> program(String name) {
    String directories = environment.getOrDefault("PATH", DEFAULT_PATH);
    return Stream.of(directories.split(":"))
        .filter(directory -> directory.startsWith("/"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
