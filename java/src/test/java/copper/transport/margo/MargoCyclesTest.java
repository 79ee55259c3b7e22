package copper.transport.margo;

import static copper.transport.Eventually.PATIENCE;
import static copper.transport.Eventually.answer;
import static copper.transport.Eventually.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.Payload;
import copper.transport.PeerServices;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Opening and closing again and again in one process leaves no file, thread or memory behind. A
 * cycle takes a fifth of a second, most of it Mercury's and not work: -Dcopper.margo.cycles=1000
 * does more of them.
 */
class MargoCyclesTest {
  private static final int CYCLES = Integer.getInteger("copper.margo.cycles", 60);

  /** What the allocators and the JVM itself take in that time, at most. */
  private static final long NOISE_KIB = 16 << 10;

  @BeforeAll
  static void requireLibrary() {
    NativeTransport.assumeBuilt();
  }

  /** In a JVM of its own, all of whose heap is there from the start: what grows is not Java's. */
  @ParameterizedTest
  @ValueSource(strings = {"na+sm", "ofi+tcp://127.0.0.1"})
  void leaveNothingBehind(String network) throws Exception {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(
        List.of("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-Xlog:disable"));
    words.addAll(NativeTransport.jvmArguments());
    words.add("-cp");
    words.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    words.addAll(List.of(MargoCyclesTest.class.getName(), network, Integer.toString(CYCLES)));
    Process process = new ProcessBuilder(words).inheritIO().start();
    try {
      assertTrue(process.waitFor(PATIENCE.toSeconds() + 2L * CYCLES, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  /** Arguments: a network, a number of cycles. */
  public static void main(String[] arguments) throws Exception {
    int cycles = Integer.parseInt(arguments[1]);
    // Allocators and pools grow to what they need, at first.
    cycle(arguments[0], cycles / 2);
    long files = openFiles();
    long threads = status("Threads");
    long memory = status("VmRSS");

    cycle(arguments[0], cycles);

    // The JVM itself opens a jar or two when it first needs them.
    until("the file descriptors are closed", () -> openFiles() <= files + 5);
    assertTrue(status("Threads") <= threads + 5, threads + " threads became " + status("Threads"));
    long grown = status("VmRSS") - memory;
    assertTrue(grown < NOISE_KIB, memory + " KiB have grown by " + grown);
    System.exit(0);
  }

  private static void cycle(String network, int times) throws Exception {
    byte[] payload = new byte[100_000];
    for (int i = 0; i < times; i++) {
      try (MargoTransport transport = MargoTransport.open(MargoOptions.of(network))) {
        PeerServices.register(transport);
        assertEquals(
            payload.length,
            answer(
                    transport.call(
                        transport.address(), PeerServices.ECHO, Payload.of(payload), PATIENCE))
                .remaining());
      }
    }
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  /** Returns a number of /proc/self/status: threads, or KiB. */
  private static long status(String name) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      String line = lines.filter(each -> each.startsWith(name + ":")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", ""));
    }
  }
}
