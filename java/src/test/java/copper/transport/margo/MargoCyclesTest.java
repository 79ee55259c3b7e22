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

  /**
   * More than the allocators' noise, less than what one leaked transport of TCP's buffers takes.
   */
  private static final long NOISE_KIB = 48 << 10;

  @BeforeAll
  static void requireLibrary() {
    NativeTransport.assumeBuilt();
  }

  @ParameterizedTest
  @ValueSource(strings = {"na+sm", "ofi+tcp://127.0.0.1"})
  void leaveNothingBehind(String network) throws Exception {
    // Allocators and pools grow to what they need, at first.
    cycle(network, CYCLES / 2);
    long files = openFiles();
    long threads = status("Threads");
    long memory = status("VmRSS");

    cycle(network, CYCLES);

    until("the file descriptors are closed", () -> openFiles() <= files);
    assertTrue(status("Threads") <= threads + 5, threads + " threads became " + status("Threads"));
    long grown = status("VmRSS") - memory;
    assertTrue(grown < NOISE_KIB, memory + " KiB have grown by " + grown);
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
