package copper.transport.margo;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;

/** Whether the tests of the Margo transport can run, and with which build of the shim. */
final class NativeTransport {
  private NativeTransport() {}

  /** Skips the test, in one line, where the shim was not built. */
  static void assumeBuilt() {
    String install = System.getProperty("copper.install");
    if (System.getProperty(NativeLibrary.DIRECTORY) == null && install != null) {
      System.setProperty(NativeLibrary.DIRECTORY, Path.of(install, "lib").toString());
    }
    assumeTrue(
        NativeLibrary.isPresent(),
        "skipped: the Margo transport is not built here; it needs Mercury and Margo"
            + " (spack install mochi-margo), then scripts/build_helper/build.sh");
  }

  /** Returns the arguments for a JVM that is to load the same shim. */
  static List<String> jvmArguments() {
    return List.of(
        "-D" + NativeLibrary.DIRECTORY + "=" + System.getProperty(NativeLibrary.DIRECTORY));
  }
}
