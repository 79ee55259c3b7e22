package copper.transport.tcp;

import static copper.transport.Eventually.answer;
import static copper.transport.Eventually.failure;
import static copper.transport.Eventually.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.Payload;
import copper.transport.PeerServices;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a node makes of the frames of a peer that has passed the handshake. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class TcpFramesTest {
  @RegisterExtension final LogWatch log = new LogWatch();
  @RegisterExtension final Nodes nodes = new Nodes();

  private TcpTransport server;
  private PeerServices services;

  @BeforeEach
  void startServer() throws Exception {
    server = nodes.transport(null, options -> options.withLimits(limits()));
    services = PeerServices.register(server);
  }

  private static TcpLimits limits() {
    return new TcpLimits(1 << 20, 100, 100, 2 << 20, 100);
  }

  private RawSocket greeted() throws IOException {
    RawSocket client = nodes.raw(server);
    client.greet(null);
    return client;
  }

  static Stream<Arguments> nonsense() {
    byte[] noise = new byte[5_000];
    new Random(5).nextBytes(noise);
    noise[0] |= (byte) 0x80;
    ByteBuf oneTooLong = Unpooled.buffer().writeInt(FrameCodec.LONGEST_FRAME + 1).writeZero(9);
    ByteBuf longest = Unpooled.buffer().writeInt(-1).writeZero(9);
    ByteBuf shortest = Unpooled.buffer().writeInt(8).writeZero(9);
    ByteBuf claim = RawSocket.request(1, "echo", 1000, -1, new byte[5]);
    ByteBuf patience = RawSocket.request(1, "echo", -1, 5, new byte[5]);
    return Stream.of(
        Arguments.of("noise", Unpooled.wrappedBuffer(noise), "a frame of"),
        Arguments.of("a frame over the limit", oneTooLong, "a frame of 1048577 bytes"),
        Arguments.of("a frame of 4 GiB", longest, "a frame of 4294967295 bytes"),
        Arguments.of("a frame without a number", shortest, "a frame of 8 bytes"),
        Arguments.of("a type there is not", frame(9, new byte[3]), "a frame of type 9"),
        Arguments.of("an answer to a server", frame(FrameCodec.ANSWER, new byte[4]), "type 2"),
        Arguments.of("an error to a server", frame(FrameCodec.ERROR, new byte[1]), "type 4"),
        Arguments.of("a short request", frame(FrameCodec.REQUEST, new byte[8]), "too short"),
        Arguments.of("no name", frame(FrameCodec.REQUEST, new byte[10]), "without a name"),
        Arguments.of("a payload of 4 GiB", claim, "a payload of 4294967295 bytes"),
        Arguments.of("a timeout without end", patience, "a timeout of 4294967295 ms"),
        Arguments.of("no data", frame(FrameCodec.DATA, new byte[0]), "without data"),
        Arguments.of("a chatty cancel", frame(FrameCodec.CANCEL, new byte[1]), "with data"),
        Arguments.of(
            "more than announced at once",
            RawSocket.request(1, "echo", 1000, 4, new byte[5]),
            "more data than announced"),
        Arguments.of(
            "more than announced later",
            Unpooled.wrappedBuffer(
                RawSocket.request(1, "stall", 1000, 4, new byte[3]),
                frame(FrameCodec.DATA, new byte[2])),
            "more data than announced"),
        Arguments.of(
            "a number twice",
            Unpooled.wrappedBuffer(
                RawSocket.request(1, "stall", new byte[0]),
                RawSocket.request(1, "stall", new byte[0])),
            "a call that is still running"));
  }

  private static ByteBuf frame(int type, byte[] body) {
    return RawSocket.frame(type, 1, () -> Unpooled.wrappedBuffer(body));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nonsense")
  void nonsenseEndsTheConnection(String what, ByteBuf bytes, String reason) throws Exception {
    RawSocket client = greeted();

    client.send(bytes);

    client.receiveToTheEnd();
    log.await("closed the connection with " + client.name(), reason);
    assertEquals(1, log.lines().size(), log.lines().toString());
    until("its handlers are cancelled", () -> services.cancelledCount() == services.stalledCount());
    assertEquals(PeerServices.ints(7), answer(Nodes.call(nodes.transport(null), server.address())));
  }

  @Test
  void aTruncatedFrameIsForgottenWithItsConnection() throws Exception {
    RawSocket client = greeted();
    ByteBuf request = RawSocket.request(1, Nodes.RPC, new byte[170]);

    client.send(request.writerIndex(request.writerIndex() - 1));
    client.socket.shutdownOutput();

    assertEquals(0, client.receiveToTheEnd().length);
    assertEquals(0, nodes.handled());
  }

  @Test
  void framesMayComeByteByByte() throws Exception {
    RawSocket client = greeted();
    byte[] bytes = new byte[100];
    ByteBuf request = RawSocket.request(77, Nodes.RPC, new byte[] {1, 2, 3});
    int length = request.readableBytes();
    request.readBytes(bytes, 0, length);

    for (int i = 0; i < length; i++) {
      client.send(new byte[] {bytes[i]});
    }

    RawSocket.Frame answer = client.receiveFrame();
    assertEquals(FrameCodec.ANSWER, answer.type());
    assertEquals(77, answer.id());
    assertEquals(ByteBuffer.wrap(new byte[] {0, 0, 0, 3, 1, 2, 3}), answer.body());
  }

  @Test
  void framesOfUnknownCallsArePassedOver() throws Exception {
    RawSocket client = greeted();

    client.send(RawSocket.frame(FrameCodec.CANCEL, 5, Unpooled::buffer));
    client.send(RawSocket.frame(FrameCodec.DATA, 6, () -> Unpooled.wrappedBuffer(new byte[9])));
    client.send(RawSocket.request(7, Nodes.RPC, new byte[0]));

    assertEquals(7, client.receiveFrame().id());
  }

  @Test
  void aRequestOverTheLimitIsAnErrorOfThatCall() throws Exception {
    RawSocket client = greeted();

    client.send(RawSocket.request(1, Nodes.RPC, 1000, (1 << 20) + 1, new byte[100]));
    client.send(RawSocket.request(2, Nodes.RPC, new byte[0]));

    assertError(client.receiveFrame(), 1, FrameCodec.FAILED, "limit of 1048576");
    assertEquals(FrameCodec.ANSWER, client.receiveFrame().type());
  }

  @Test
  void manyHalfRequestsAreOverload() throws Exception {
    RawSocket client = greeted();

    for (int i = 1; i <= 3; i++) {
      client.send(RawSocket.request(i, Nodes.RPC, 60_000, 1 << 20, new byte[1]));
    }

    assertError(client.receiveFrame(), 3, FrameCodec.OVERLOADED, "too many requests");
  }

  private static void assertError(RawSocket.Frame frame, long id, int code, String text) {
    String message = StandardCharsets.UTF_8.decode(frame.body().duplicate().position(1)).toString();
    assertEquals(FrameCodec.ERROR, frame.type());
    assertEquals(id, frame.id());
    assertEquals(code, frame.body().get(0), message);
    assertTrue(message.contains(text), message);
  }

  @Test
  void aHalfRequestEndsAtItsDeadline() throws Exception {
    RawSocket client = greeted();

    client.send(RawSocket.request(1, Nodes.RPC, 100, 1000, new byte[1]));

    assertError(client.receiveFrame(), 1, FrameCodec.TIMEOUT, "did not answer in time");
    assertEquals(0, nodes.handled());
  }

  // The calling end.

  private RawSocket welcomed(ServerSocket listening) throws IOException {
    RawSocket peer = nodes.accept(listening);
    peer.welcome();
    return peer;
  }

  @Test
  void aServersNonsenseFailsItsCalls() throws Exception {
    ServerSocket listening = nodes.listen();
    CompletableFuture<ByteBuffer> call = Nodes.call(server, Nodes.address(listening));
    RawSocket peer = welcomed(listening);
    RawSocket.Frame request = peer.receiveFrame();
    assertEquals(FrameCodec.REQUEST, request.type());

    peer.send(RawSocket.frame(FrameCodec.CANCEL, request.id(), Unpooled::buffer));

    RpcException failure = failure(Kind.UNREACHABLE, call);
    assertTrue(failure.getMessage().contains("sent a frame of type 5"), failure.getMessage());
    log.await("closed the connection with " + Nodes.address(listening));
    peer.receiveToTheEnd();
  }

  @Test
  void anAnswerOverTheLimitFailsOnlyItsCall() throws Exception {
    ServerSocket listening = nodes.listen();
    CompletableFuture<ByteBuffer> call = Nodes.call(server, Nodes.address(listening));
    RawSocket peer = welcomed(listening);
    long first = peer.receiveFrame().id();
    CompletableFuture<ByteBuffer> other = Nodes.call(server, Nodes.address(listening));
    long second = peer.receiveFrame().id();

    peer.send(RawSocket.frame(FrameCodec.ANSWER, first, () -> Unpooled.buffer().writeInt(2 << 20)));
    peer.send(RawSocket.frame(FrameCodec.ANSWER, second, () -> Unpooled.buffer().writeInt(0)));

    failure(Kind.FAILED, call);
    assertEquals(ByteBuffer.allocate(0), answer(other));
    assertEquals(FrameCodec.CANCEL, peer.receiveFrame().type());
  }

  @Test
  void aPeerThatGoesInTheMiddleOfAnAnswerIsUnreachable() throws Exception {
    ServerSocket listening = nodes.listen();
    CompletableFuture<ByteBuffer> call = Nodes.call(server, Nodes.address(listening));
    RawSocket peer = welcomed(listening);
    long id = peer.receiveFrame().id();

    peer.send(
        RawSocket.frame(FrameCodec.ANSWER, id, () -> Unpooled.buffer().writeInt(8).writeInt(1)));
    peer.socket.shutdownOutput();

    failure(Kind.UNREACHABLE, call);
  }

  @Test
  void givingUpALongRequestStopsIt() throws Exception {
    ServerSocket listening = nodes.listen();
    TcpTransport caller = nodes.transport(null);
    CompletableFuture<ByteBuffer> call =
        caller.call(
            Nodes.address(listening), "x", Payload.of(PeerServices.pattern(64 << 20)), Nodes.LONG);
    RawSocket peer = welcomed(listening);
    RawSocket.Frame frame = peer.receiveFrame();
    assertEquals(FrameCodec.REQUEST, frame.type());

    call.cancel(true);

    long bytes = 0;
    while (frame.type() != FrameCodec.CANCEL) {
      bytes += frame.body().remaining();
      frame = peer.receiveFrame();
    }
    assertTrue(bytes < 60 << 20, bytes + " bytes of the request came");
  }
}
