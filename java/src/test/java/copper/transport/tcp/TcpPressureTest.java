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
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Peers that are slow, silent, gone or greedy, and what they cost this node. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class TcpPressureTest {
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

  // The serving end.

  @Test
  void whoDoesNotReadItsAnswersGetsNoMoreThanFit() throws Exception {
    // With one thread, whatever was begun before another's call is done after it.
    TcpTransport server =
        nodes.transport(
            null, limits(100, 1000, 16 * MIB).andThen(options -> options.withThreads(1))::apply);
    ByteBuffer file = PeerServices.pattern(8 * MIB);
    AtomicInteger served = new AtomicInteger();
    server.register(
        "file",
        request -> {
          served.incrementAndGet();
          return CompletableFuture.completedFuture(Payload.of(file));
        });
    RawSocket client = nodes.raw(server);
    client.greet(null);
    ByteBuf requests = Unpooled.buffer();
    for (int i = 0; i < 60; i++) {
      ByteBuf request = RawSocket.request(i, "file", new byte[0]);
      requests.writeBytes(request);
      request.release();
    }

    client.send(requests);
    until("all have been served", () -> served.get() == 60);
    answer(Nodes.call(nodes.transport(null), server.address()));

    int errors = 0;
    long received = 0;
    while (errors + received / (8 * MIB) < 60) {
      RawSocket.Frame frame = client.receiveFrame();
      if (frame.type() == FrameCodec.ERROR) {
        assertEquals(FrameCodec.OVERLOADED, frame.body().get(0));
        errors++;
      } else {
        received += frame.body().remaining() - (frame.type() == FrameCodec.ANSWER ? 4 : 0);
      }
    }
    assertEquals(16 * MIB, received);
  }

  @Test
  void whoNeverReadsIsReadFromNoMore() throws Exception {
    TcpTransport server = nodes.transport(null, limits(100, 1000, 16 * MIB));
    TcpAddress address = TcpAddress.parse(server.address());
    try (SocketChannel client =
        SocketChannel.open(new InetSocketAddress(address.host(), address.port()))) {
      RawSocket raw = new RawSocket(client.socket());
      raw.greet(null);
      client.configureBlocking(false);
      byte[] payload = new byte[64 << 10];
      long sent = 0;
      int idle = 0;
      for (int i = 0; idle < 100 && sent < 2_000L * MIB; i++) {
        ByteBuf request = RawSocket.request(i, Nodes.RPC, payload);
        ByteBuffer bytes = request.nioBuffer();
        while (bytes.hasRemaining() && idle < 100) {
          int count = client.write(bytes);
          sent += count;
          idle = count > 0 ? 0 : idle + 1;
          if (count == 0) {
            Thread.sleep(10);
          }
        }
        request.release();
      }

      assertTrue(sent < 200L * MIB, "the server took " + sent + " bytes");
      assertEquals(
          PeerServices.ints(7), answer(Nodes.call(nodes.transport(null), server.address())));
    }
  }

  @Test
  void whoTakesNothingForLongIsDropped() throws Exception {
    Duration stall = Duration.ofMillis(200);
    TcpTransport server =
        nodes.transport(null, times(stall, Duration.ofSeconds(5), Duration.ofMillis(10)));
    PeerServices.register(server);
    RawSocket client = nodes.raw(server);
    client.greet(null);

    byte[] size = new byte[4];
    PeerServices.ints(64 * MIB).get(size);
    client.send(RawSocket.request(1, PeerServices.SIZED, size));

    log.await("closed the connection with " + client.name(), "took nothing for 200 ms");
  }

  @Test
  void requestsBeyondTheServedOnesWaitUnread() throws Exception {
    TcpTransport server = nodes.transport(null, limits(100, 8, 16 * MIB));
    PeerServices services = PeerServices.register(server);
    RawSocket client = nodes.raw(server);
    client.greet(null);
    for (int i = 0; i < 8; i++) {
      client.send(RawSocket.request(i, PeerServices.STALL, 1_000, 0, new byte[0]));
    }
    until("eight are being served", () -> services.stalledCount() == 8);

    client.send(RawSocket.request(100, PeerServices.ECHO, new byte[0]));

    // Nothing comes back until the first of the eight has timed out.
    assertEquals(FrameCodec.ERROR, client.receiveFrame().type());
    long last = 0;
    while (last != 100) {
      last = client.receiveFrame().id();
    }
  }

  @Test
  void aLongAnswerDoesNotHoldUpAShortOne() throws Exception {
    TcpTransport server = nodes.transport(null);
    PeerServices.register(server);
    RawSocket client = nodes.raw(server);
    client.greet(null);
    byte[] size = new byte[4];
    PeerServices.ints(64 * MIB).get(size);
    client.send(RawSocket.request(1, PeerServices.SIZED, size));
    assertEquals(1, client.receiveFrame().id());

    client.send(RawSocket.request(2, PeerServices.ECHO, new byte[0]));

    long before = 0;
    for (RawSocket.Frame frame = client.receiveFrame(); frame.id() != 2; ) {
      before += frame.body().remaining();
      frame = client.receiveFrame();
    }
    assertTrue(before < 60 * MIB, before + " bytes of the long answer came first");
  }

  // The calling end.

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

  // Handlers and closing.

  @Test
  void aTransportMayBeClosedByItsOwnHandler() throws Exception {
    TcpTransport server = nodes.transport(null);
    CompletableFuture<Void> closed = new CompletableFuture<>();
    server.register(
        "close",
        request -> {
          server.close();
          closed.complete(null);
          return new CompletableFuture<>();
        });

    failure(
        Kind.UNREACHABLE,
        nodes.transport(null).call(server.address(), "close", Payload.EMPTY, Nodes.LONG));

    closed.get(30, TimeUnit.SECONDS);
  }

  @Test
  void callbacksMayCallAgain() throws Exception {
    TcpTransport server = nodes.transport(null);
    TcpTransport client = nodes.transport(null);
    AtomicInteger rounds = new AtomicInteger();
    CompletableFuture<ByteBuffer> chain = Nodes.call(client, server.address());
    for (int i = 0; i < 100; i++) {
      chain =
          chain.thenCompose(
              answer -> {
                rounds.incrementAndGet();
                return Nodes.call(client, server.address());
              });
    }

    assertEquals(PeerServices.ints(7), answer(chain));
    assertEquals(100, rounds.get());
  }

  @Test
  void aTransportWithOneThreadServesItself() throws Exception {
    TcpTransport alone = nodes.transport(null, options -> options.withThreads(1));
    PeerServices.register(alone);
    ByteBuffer payload = PeerServices.pattern(8 * MIB);

    assertEquals(
        payload,
        answer(alone.call(alone.address(), PeerServices.ECHO, Payload.of(payload), Nodes.LONG)));
  }
}
