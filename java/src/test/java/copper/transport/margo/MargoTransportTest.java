package copper.transport.margo;

import static copper.transport.Eventually.PATIENCE;
import static copper.transport.Eventually.answer;
import static copper.transport.Eventually.failure;
import static copper.transport.Eventually.until;
import static copper.transport.PeerServices.pattern;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.Payload;
import copper.transport.PeerServices;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Margo transport does beyond the contract of all transports. */
@Timeout(120)
class MargoTransportTest {
  private static final String TCP = "ofi+tcp://127.0.0.1";

  @BeforeAll
  static void requireLibrary() {
    NativeTransport.assumeBuilt();
  }

  private static MargoTransport open(String address) throws IOException {
    return MargoTransport.open(MargoOptions.of(address));
  }

  /** Closes a transport that its block will close again. */
  private static void end(MargoTransport transport) {
    transport.close();
  }

  private static CompletableFuture<ByteBuffer> echo(
      MargoTransport from, MargoTransport to, ByteBuffer payload) {
    return from.call(to.address(), PeerServices.ECHO, Payload.of(payload), PATIENCE);
  }

  @Test
  void namesHaveTheNumbersThatCxxNodesUse() throws Exception {
    Map<String, Long> recorded =
        Map.of(
            "rpc_lstat", 0xdbf7b6ae00000000L,
            "rpc_readfile", 0xb296f5c300000000L,
            "rpc_readdir", 0xf6855c4700000000L,
            "rpc_is_ready", 0x619fe81000000000L);
    try (MargoTransport transport = open("na+sm")) {
      recorded.forEach((name, id) -> assertEquals(id, transport.rpcId(name), name));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"na+sm", TCP})
  void aNodeToldToEndByAnotherEndsAndSaysSo(String network) throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    try (MargoTransport one = open(network);
        MargoTransport two = open(network)) {
      PeerServices services = PeerServices.register(two);
      two.onShutdown(
          () -> {
            end(two);
            told.countDown();
          });
      CompletableFuture<ByteBuffer> stalled =
          one.call(two.address(), PeerServices.STALL, Payload.EMPTY, PATIENCE);
      until("the handler runs", () -> services.stalledCount() == 1);

      one.shutdownPeer(two.address(), PATIENCE).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

      assertTrue(told.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      failure(Kind.UNREACHABLE, stalled);
      failure(Kind.CLOSED, two.call(one.address(), PeerServices.ECHO, Payload.EMPTY, PATIENCE));
      CountDownLatch again = new CountDownLatch(1);
      two.onShutdown(again::countDown);
      assertTrue(again.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"na+sm", TCP})
  void aNodeToldToEndAndClosedAtOnceEndsOnce(String network) throws Exception {
    try (MargoTransport one = open(network)) {
      for (int i = 0; i < 5; i++) {
        try (MargoTransport two = open(network)) {
          CompletableFuture<Void> agreed = one.shutdownPeer(two.address(), Duration.ofSeconds(3));
          end(two);
          var unused =
              agreed.handle((nothing, error) -> true).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, Byte.MAX_VALUE, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void aCodeThatMercuryDoesNotKnowFailsTheCall(int code) throws Exception {
    try (MargoTransport loaded = open("na+sm")) {
      MargoException error = new MargoException("call", code, MargoNative.errorName(code));

      RpcException failure = MargoErrors.failure("echo", loaded.address(), error);

      assertEquals(Kind.FAILED, failure.kind());
      assertTrue(
          failure.getMessage().endsWith("an unknown code (" + code + ")"),
          () -> failure.getMessage());
    }
  }

  @Test
  void payloadsAboveTheLimitAreNeitherSentNorTaken() throws Exception {
    int limit = 100_000;
    try (MargoTransport large = open("na+sm");
        MargoTransport small =
            MargoTransport.open(MargoOptions.of("na+sm").withMaxPayload(limit))) {
      PeerServices.register(large);
      PeerServices.register(small);

      failure(Kind.FAILED, echo(small, large, pattern(limit + 1)));
      failure(Kind.BAD_MESSAGE, echo(large, small, pattern(limit + 1)));
      ByteBuffer wanted = PeerServices.ints(limit + 1);
      failure(
          Kind.BAD_MESSAGE,
          small.call(large.address(), PeerServices.SIZED, Payload.of(wanted), PATIENCE));
      assertEquals(pattern(limit), answer(echo(small, large, pattern(limit))));
      assertEquals(pattern(limit), answer(echo(large, small, pattern(limit))));
    }
  }

  @Test
  void aPayloadMayBeOfManyPartsOfAnyKind() throws Exception {
    try (MargoTransport one = open("na+sm");
        MargoTransport two = open("na+sm")) {
      PeerServices.register(two);
      ByteBuffer whole = pattern(20 * 1000);
      ByteBuffer[] parts = new ByteBuffer[20];
      for (int i = 0; i < parts.length; i++) {
        ByteBuffer part = whole.slice(i * 1000, 1000);
        if (i % 3 != 0) {
          byte[] array = new byte[1010];
          part.get(0, array, 7, 1000);
          part = ByteBuffer.wrap(array, 7, 1000);
          part = i % 3 == 1 ? part.slice() : part.asReadOnlyBuffer();
        }
        parts[i] = part;
      }

      assertEquals(
          whole, answer(one.call(two.address(), PeerServices.ECHO, Payload.of(parts), PATIENCE)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"na+sm", TCP})
  void cancellingLargeRequestsLosesNoOthers(String network) throws Exception {
    try (MargoTransport one = open(network);
        MargoTransport two = open(network)) {
      PeerServices.register(two);
      List<CompletableFuture<ByteBuffer>> kept = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        echo(one, two, pattern(100_000)).cancel(false);
        kept.add(echo(one, two, pattern(i * 37)));
      }
      for (int i = 0; i < 300; i++) {
        assertEquals(pattern(i * 37), answer(kept.get(i)));
      }
    }
  }

  @Test
  void nobodyAtATcpAddressIsKnownAtOnce() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try (MargoTransport transport = open(TCP)) {
      for (String form : List.of("ofi+tcp://127.0.0.1:", "ofi+tcp;ofi_rxm://127.0.0.1:")) {
        // Margo itself would say HG_TIMEOUT when the time is over.
        failure(
            Kind.UNREACHABLE,
            transport.call(
                form + port, PeerServices.ECHO, Payload.EMPTY, PATIENCE.multipliedBy(100)));
      }
    }
  }

  @Test
  void aHandlerThatTakesTooLongIsCancelled() throws Exception {
    MargoOptions impatient = MargoOptions.of("na+sm").withLongestHandling(Duration.ofMillis(200));
    try (MargoTransport one = open("na+sm");
        MargoTransport two = MargoTransport.open(impatient)) {
      PeerServices services = PeerServices.register(two);

      failure(Kind.FAILED, one.call(two.address(), PeerServices.STALL, Payload.EMPTY, PATIENCE));

      until("the handler is cancelled", () -> services.cancelledCount() == 1);
    }
  }

  @Test
  void anAddressThatMakesNoSenseIsOneLine() {
    IOException e = assertThrows(IOException.class, () -> open("no+such+thing://here"));

    assertTrue(e.getMessage().contains("no+such+thing://here"), e.getMessage());
    assertTrue(e.getMessage().contains("-net_type"), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
  }

  @Test
  void aClosedNodeIsNotUsed() {
    NativeNode node = NativeNode.start("na+sm", MargoTransport.config(), 100, true);
    assertTrue(node.stop(PATIENCE));
    node.close();
    node.close();

    assertThrows(IllegalStateException.class, node::address);
    assertThrows(IllegalStateException.class, () -> node.lookup("na+sm://1-0"));
    assertThrows(IllegalStateException.class, () -> node.cancel(1));
    assertThrows(IllegalStateException.class, () -> node.respond(1, Payload.EMPTY));
    assertThrows(IllegalStateException.class, () -> node.refuse(1, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"na+sm", TCP})
  void aJvmEndsWithATransportOpen(String network) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dcopper.native_dir=" + System.getProperty(NativeLibrary.DIRECTORY),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                LeavesOpen.class.getName(),
                network)
            .inheritIO()
            .start();
    try {
      assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      assertEquals(7, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  /** Opens a transport, calls itself and ends, without closing. */
  static final class LeavesOpen {
    private LeavesOpen() {}

    public static void main(String[] arguments) throws Exception {
      MargoTransport transport = open(arguments[0]);
      PeerServices.register(transport);
      answer(echo(transport, transport, pattern(10)));
      System.exit(7);
    }
  }
}
