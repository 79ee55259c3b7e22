package copper.it;

import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** What the machine and the build offer to the tests. */
final class Machine {
  private static final List<String> SYSTEM_DIRECTORIES =
      List.of("/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin");

  private Machine() {}

  /**
   * Returns the installed {@code cu_fuse}.
   *
   * @throws AssertionError if it has not been built
   */
  static Path cuFuse() {
    String install = System.getProperty("copper.install", "build/install");
    Path program = Path.of(install, "bin", "cu_fuse").toAbsolutePath();
    if (!Files.isExecutable(program)) {
      fail(program + " is missing: build it with scripts/build_helper/build.sh");
    }
    return program;
  }

  /** Fails without an installed {@code cu_fuse}; skips where no FUSE mount can be made. */
  static void assumeFuse() {
    cuFuse();
    Path device = Path.of("/dev/fuse");
    Assumptions.assumeTrue(
        Files.isReadable(device) && Files.isWritable(device),
        "this machine has no /dev/fuse that this user may open");
    Assumptions.assumeTrue(
        find("fusermount3").or(() -> find("fusermount")).isPresent(),
        "this machine has neither fusermount3 nor fusermount");
  }

  /** Skips the test unless it runs as root. */
  static void assumeRoot() {
    Assumptions.assumeTrue(isRoot(), "only root may mount for other users and become them");
  }

  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Returns the program, or skips the test where the machine lacks it. */
  static String program(String name) {
    Optional<Path> found = find(name);
    Assumptions.assumeTrue(found.isPresent(), "this machine has no " + name);
    return found.orElseThrow().toString();
  }

  /**
   * Returns a Python interpreter that needs nothing from the environment.
   *
   * <p>The system's comes first: one found on the PATH may be a shell script that wants more of it.
   *
   * @throws AssertionError if there is none
   */
  static String python() {
    return find("python3")
        .map(Path::toString)
        .orElseGet(() -> fail("these tests need python3 (3.8 or newer)"));
  }

  private static Optional<Path> find(String name) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(SYSTEM_DIRECTORIES.stream(), Stream.of(path.split(":")))
        .filter(directory -> directory.startsWith("/"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
