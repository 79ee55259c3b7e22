package copper.transport.margo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shim under the JVM's own checks of native code, and built with sanitizers. */
class MargoCheckedTest {
  private static final int SECONDS = 240;

  @TempDir Path directory;

  @BeforeEach
  void requireLibrary() {
    NativeTransport.assumeBuilt();
  }

  @Test
  void theJvmFindsNoMisuseOfJni() throws Exception {
    String output = run(System.getProperty(NativeLibrary.DIRECTORY), "-Xcheck:jni", Map.of());

    assertTrue(!output.contains("in native method"), output);
  }

  @Test
  void theSanitizersFindNothing() throws Exception {
    // jni/CMakeLists.txt writes there where the compiler's runtime is.
    Path sanitized = Path.of(System.getProperty("copper.source"), "build/cmake/jni/sanitized");
    Path runtime = sanitized.resolve("runtime");
    assumeTrue(
        Files.isRegularFile(runtime),
        "skipped: the shim was not built with sanitizers (cmake --build build/cmake --target"
            + " copper_native_tests)");
    // The JVM itself uses SIGSEGV and keeps what it allocates.
    String output =
        run(
            sanitized.toString(),
            "-XX:TieredStopAtLevel=1",
            Map.of(
                "LD_PRELOAD", Files.readString(runtime).strip(),
                "ASAN_OPTIONS", "handle_segv=0:allow_user_segv_handler=1:detect_leaks=0",
                "UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1"));

    assertTrue(!output.contains("Sanitizer") && !output.contains("runtime error"), output);
  }

  /** Runs the workload in a JVM of its own; returns what was printed. */
  private String run(String libraries, String flag, Map<String, String> environment)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of(flag, "-XX:+UseSerialGC", "-Xmx512m"));
    words.add("-D" + NativeLibrary.DIRECTORY + "=" + libraries);
    words.add("-cp");
    words.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    words.addAll(List.of(MargoWorkload.class.getName(), "na+sm", "ofi+tcp://127.0.0.1"));
    Path output = directory.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(SECONDS, TimeUnit.SECONDS), () -> text(output));
      assertEquals(0, process.exitValue(), () -> text(output));
      assertTrue(text(output).contains(MargoWorkload.DONE), () -> text(output));
      return text(output);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
