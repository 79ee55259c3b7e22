package copper.transport.tcp;

import static copper.transport.Eventually.answer;
import static copper.transport.Eventually.failure;
import static copper.transport.Eventually.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.Payload;
import copper.transport.PeerServices;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Peers that are slow, silent or gone, and what they cost the node that calls them. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class TcpCallerPressureTest {
  private static final int MIB = 1 << 20;

  @RegisterExtension final LogWatch log = new LogWatch();
  @RegisterExtension final Nodes nodes = new Nodes();

  private static UnaryOperator<TcpOptions> limits(int calls, int served, long queued) {
    return options -> options.withLimits(new TcpLimits(64 * MIB, calls, served, queued, 100));
  }

  private static UnaryOperator<TcpOptions> times(
      Duration stall, Duration silence, Duration backOff) {
    TcpTimes usual = TcpTimes.DEFAULTS;
    return options ->
        options.withTimes(
            new TcpTimes(usual.connect(), usual.handshake(), stall, silence, backOff, backOff));
  }

  @Test
  void callsBeyondTheLimitAreOverload() throws Exception {
    TcpTransport server = nodes.transport(null);
    PeerServices services = PeerServices.register(server);
    TcpTransport client = nodes.transport(null, limits(10, 100, 16 * MIB));
    List<CompletableFuture<ByteBuffer>> calls = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      calls.add(client.call(server.address(), PeerServices.STALL, Payload.EMPTY, Nodes.LONG));
    }
    until("all are being served", () -> services.stalledCount() == 10);

    CompletableFuture<ByteBuffer> tooMany = Nodes.call(client, server.address());

    assertTrue(tooMany.isDone());
    failure(Kind.OVERLOADED, tooMany);
    calls.get(3).cancel(true);
    until(
        "there is room again",
        () -> !Nodes.call(client, server.address()).isCompletedExceptionally());
    until("the peer knows", () -> services.cancelledCount() == 1);
  }

  @Test
  void bytesBeyondTheLimitAreOverload() throws Exception {
    ServerSocket listening = nodes.listen();
    String address = Nodes.address(listening);
    TcpTransport client = nodes.transport(null, limits(100, 100, MIB));
    Payload large = Payload.of(PeerServices.pattern(32 * MIB));

    CompletableFuture<ByteBuffer> first = client.call(address, "x", large, Nodes.LONG);
    CompletableFuture<ByteBuffer> second = Nodes.call(client, address);
    CompletableFuture<ByteBuffer> empty = client.call(address, "x", Payload.EMPTY, Nodes.LONG);

    failure(Kind.OVERLOADED, second);
    assertTrue(!first.isDone() && !empty.isDone());
    nodes.accept(listening).welcome();
    first.cancel(true);
    until("there is room again", () -> !Nodes.call(client, address).isCompletedExceptionally());
    empty.cancel(true);
  }

  @Test
  void aPayloadOverTheLimitFails() throws Exception {
    TcpTransport server = nodes.transport(null);
    TcpTransport client = nodes.transport(null, limits(100, 100, MIB));
    Payload large = Payload.of(PeerServices.pattern(64 * MIB + 1));

    RpcException failure =
        failure(Kind.FAILED, client.call(server.address(), Nodes.RPC, large, Nodes.LONG));

    assertTrue(failure.getMessage().contains("limit 67108864"), failure.getMessage());
  }

  @Test
  void afterAFailedAttemptCallsFailAtOnceForAWhile() throws Exception {
    ServerSocket listening = nodes.listen();
    String address = Nodes.address(listening);
    TcpTransport client =
        nodes.transport(
            null, times(Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofHours(1)));
    CompletableFuture<ByteBuffer> first = Nodes.call(client, address);
    nodes.accept(listening).close();
    failure(Kind.UNREACHABLE, first);

    for (int i = 0; i < 20; i++) {
      RpcException failure = failure(Kind.UNREACHABLE, Nodes.call(client, address));
      assertTrue(failure.getMessage().contains("the next attempt is due in"));
    }

    listening.setSoTimeout(50);
    assertThrows(IOException.class, listening::accept);
  }

  @Test
  void anUnknownHostIsUnreachable() throws Exception {
    RpcException failure =
        failure(
            Kind.UNREACHABLE, Nodes.call(nodes.transport(null), "copper+tcp://no.invalid:7101"));

    assertTrue(failure.getMessage().contains("no.invalid"), failure.getMessage());
  }

  @Test
  void aPeerWithoutAWordForLongIsConnectedToAgain() throws Exception {
    ServerSocket listening = nodes.listen();
    String address = Nodes.address(listening);
    TcpTransport client =
        nodes.transport(
            null, times(Duration.ofSeconds(30), Duration.ofMillis(100), Duration.ofMillis(10)));
    Duration brief = Duration.ofMillis(50);
    CompletableFuture<ByteBuffer> lost = client.call(address, "x", Payload.EMPTY, Nodes.LONG);
    RawSocket first = nodes.accept(listening);
    first.welcome();
    first.receiveFrame();
    CompletableFuture<RawSocket> another = CompletableFuture.supplyAsync(() -> welcomed(listening));
    until(
        "there is another connection",
        () -> {
          failure(Kind.TIMEOUT, client.call(address, "x", Payload.EMPTY, brief));
          return another.isDone();
        });

    CompletableFuture<ByteBuffer> call = Nodes.call(client, address);
    RawSocket second = another.get();
    answerAll(second, call);

    assertEquals(ByteBuffer.allocate(0), answer(call));
    assertFalse(lost.isDone());
    lost.cancel(true);
    first.receiveToTheEnd();
  }

  /** Answers each request until {@code last} has been sent, which is the last one. */
  private static void answerAll(RawSocket peer, CompletableFuture<ByteBuffer> last)
      throws Exception {
    peer.socket.setSoTimeout(20);
    while (!last.isDone()) {
      try {
        RawSocket.Frame frame = peer.receiveFrame();
        peer.send(
            RawSocket.frame(FrameCodec.ANSWER, frame.id(), () -> Unpooled.buffer().writeInt(0)));
      } catch (SocketTimeoutException e) {
        // Nothing is under way, or the answer is.
      }
    }
  }

  private RawSocket welcomed(ServerSocket listening) {
    try {
      RawSocket socket = nodes.accept(listening);
      socket.welcome();
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
