package copper.transport.tcp;

import static copper.transport.Eventually.answer;
import static copper.transport.Eventually.failure;
import static copper.transport.Eventually.until;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.PeerServices;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may talk to a node, and what those learn who may not. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class TcpHandshakeTest {
  @RegisterExtension final LogWatch log = new LogWatch();
  @RegisterExtension final Nodes nodes = new Nodes();
  @TempDir Path folder;

  private Secret secret;
  private TcpTransport server;

  @BeforeEach
  void startServer() throws Exception {
    secret = Secret.create(folder.resolve("secret"));
    server = nodes.transport(secret);
  }

  // Two nodes.

  @Test
  void nodesWithTheSameSecretTalk() throws Exception {
    assertEquals(
        PeerServices.ints(7), answer(Nodes.call(nodes.transport(secret), server.address())));
  }

  @Test
  void nodesOfThisMachineTalkWithoutASecret() throws Exception {
    assertEquals(
        PeerServices.ints(7),
        answer(Nodes.call(nodes.transport(null), nodes.transport(null).address())));
  }

  @Test
  void anotherSecretIsDenied() throws Exception {
    Secret other = Secret.create(folder.resolve("other"));

    denied(Nodes.call(nodes.transport(other), server.address()), server, "another secret");

    log.await("refused a connection from 127.0.0.1:", "does not hold this node's secret");
  }

  @Test
  void aCallerWithoutTheSecretIsDenied() throws Exception {
    denied(Nodes.call(nodes.transport(null), server.address()), server, "this node has none");

    log.await("refused a connection from 127.0.0.1:", "it has no secret");
  }

  @Test
  void aServerWithoutTheSecretIsDenied() throws Exception {
    TcpTransport plain = nodes.transport(null);

    denied(Nodes.call(nodes.transport(secret), plain.address()), plain, "it has no secret");
  }

  private void denied(CompletableFuture<ByteBuffer> call, TcpTransport peer, String why) {
    RpcException failure = failure(Kind.DENIED, call);
    for (String part : List.of(peer.address(), why, "-secret_file", "COPPER_SECRET_FILE")) {
      assertTrue(failure.getMessage().contains(part), failure.getMessage());
    }
    assertEquals(0, nodes.handled());
  }

  @Test
  void callsDuringBackOffAreDeniedToo() throws Exception {
    TcpTransport plain = nodes.transport(null);
    failure(Kind.DENIED, Nodes.call(plain, server.address()));

    for (int i = 0; i < 20; i++) {
      failure(Kind.DENIED, Nodes.call(plain, server.address()));
    }
  }

  @Test
  void withoutASecretNobodyBeyondThisMachineIsCalled() throws Exception {
    failure(Kind.DENIED, Nodes.call(nodes.transport(null), "copper+tcp://192.0.2.1:7101"));
  }

  @Test
  void withoutASecretNobodyBeyondThisMachineIsServed() {
    TcpOptions options = TcpOptions.of(TcpAddress.parse("copper+tcp://0.0.0.0:0"), null);

    IOException e = assertThrows(IOException.class, () -> TcpTransport.open(options));

    assertTrue(e.getMessage().contains("copper+tcp://0.0.0.0:0"), e.getMessage());
    assertTrue(e.getMessage().contains("-secret_file"), e.getMessage());
    assertTrue(e.getMessage().contains("COPPER_SECRET_FILE"), e.getMessage());
  }

  // Strangers at the door of a server.

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.1\r\n\r\n", "Cu", "\0\0\0\0\0\0\0\0", "CuFq"})
  void garbageEndsTheConnection(String text) throws Exception {
    RawSocket stranger = nodes.raw(server);

    stranger.send(text.getBytes(StandardCharsets.ISO_8859_1));
    stranger.socket.shutdownOutput();

    assertEquals(0, stranger.receiveToTheEnd().length);
  }

  @Test
  void garbageIsLoggedOnceWithTheStrangersName() throws Exception {
    RawSocket stranger = nodes.raw(server);
    byte[] noise = new byte[100_000];
    new Random(3).nextBytes(noise);

    try {
      stranger.send(noise);
    } catch (IOException e) {
      // The server may close before it has all.
    }

    log.await("refused a connection from " + stranger.name(), "not of this protocol");
    assertEquals(1, log.lines().size());
    assertEquals(
        PeerServices.ints(7), answer(Nodes.call(nodes.transport(secret), server.address())));
  }

  @Test
  void aSilentConnectionIsDropped() throws Exception {
    TcpTransport hasty = nodes.transport(secret, Nodes.handshake(200));
    RawSocket stranger = nodes.raw(hasty);

    assertEquals(0, stranger.receiveToTheEnd().length);

    log.await("refused a connection from " + stranger.name(), "no handshake within 200 ms");
  }

  @Test
  void aConnectionThatDawdlesIsDropped() throws Exception {
    TcpTransport hasty = nodes.transport(secret, Nodes.handshake(200));
    RawSocket stranger = nodes.raw(hasty);
    byte[] hello = new byte[Handshake.OPENING_BYTES];
    ByteBuf message = RawSocket.opening(Handshake.HELLO, true, new byte[32]);
    message.readBytes(hello);
    message.release();

    IOException dropped =
        assertThrows(
            IOException.class,
            () -> {
              for (byte one : hello) {
                stranger.send(new byte[] {one});
                Thread.sleep(100);
              }
            });

    assertTrue(stranger.sent().length < hello.length, dropped.toString());
  }

  @Test
  void silentConnectionsDoNotShutOthersOut() throws Exception {
    TcpLimits few = new TcpLimits(1 << 20, 100, 100, 1 << 20, 4);
    TcpTransport guarded =
        nodes.transport(secret, Nodes.handshake(300).andThen(o -> o.withLimits(few))::apply);
    for (int i = 0; i < 50; i++) {
      nodes.raw(guarded);
    }

    assertEquals(
        PeerServices.ints(7), answer(Nodes.call(nodes.transport(secret), guarded.address())));
  }

  @Test
  void anRpcBeforeTheHandshakeIsNotServed() throws Exception {
    RawSocket stranger = nodes.raw(server);

    stranger.send(RawSocket.request(1, Nodes.RPC, new byte[4]));

    assertEquals(0, stranger.receiveToTheEnd().length);
    assertEquals(0, nodes.handled());
  }

  @Test
  void anRpcInsteadOfTheProofIsNotServed() throws Exception {
    RawSocket stranger = nodes.raw(server);

    stranger.send(RawSocket.opening(Handshake.HELLO, true, new byte[32]));
    stranger.receive(Handshake.OPENING_BYTES);
    stranger.send(RawSocket.request(1, Nodes.RPC, new byte[64]));

    assertEquals(0, stranger.receiveToTheEnd().length);
    assertEquals(0, nodes.handled());
  }

  @Test
  void anRpcBehindAWrongProofIsNotServed() throws Exception {
    RawSocket stranger = nodes.raw(server);

    stranger.send(RawSocket.opening(Handshake.HELLO, true, new byte[32]));
    stranger.receive(Handshake.OPENING_BYTES);
    stranger.send(
        Unpooled.wrappedBuffer(proof(new byte[32]), RawSocket.request(1, Nodes.RPC, new byte[4])));

    refused(stranger, Handshake.PROOF_WRONG);
  }

  @Test
  void withoutASecretOneIsToldSoAndNoMore() throws Exception {
    RawSocket stranger = nodes.raw(server);

    stranger.send(RawSocket.opening(Handshake.HELLO, false, new byte[32]));

    refused(stranger, Handshake.SECRET_NEEDED);
  }

  @Test
  void anotherVersionIsToldThisOne() throws Exception {
    RawSocket stranger = nodes.raw(server);

    stranger.send(RawSocket.opening(Handshake.HELLO, true, new byte[32]).setByte(4, 9));

    refused(stranger, Handshake.VERSION_UNKNOWN);
    log.await("refused a connection from " + stranger.name(), "version 9");
  }

  private void refused(RawSocket stranger, int reason) throws IOException {
    byte[] refusal = {0x43, 0x75, 0x46, 0x70, Handshake.VERSION, Handshake.REFUSAL, (byte) reason};
    assertArrayEquals(refusal, stranger.receiveToTheEnd());
    assertEquals(0, nodes.handled());
  }

  private static ByteBuf proof(byte[] bytes) {
    return Handshake.proof(UnpooledByteBufAllocator.DEFAULT, Handshake.CLIENT_PROOF, bytes);
  }

  @Test
  void aRecordedConnectionPlayedAgainIsRefused() throws Exception {
    RawSocket honest = nodes.raw(server);
    honest.greet(secret);
    honest.send(RawSocket.request(1, Nodes.RPC, new byte[4]));
    assertEquals(FrameCodec.ANSWER, honest.receiveFrame().type());
    assertEquals(1, nodes.handled());

    RawSocket thief = nodes.raw(server);
    thief.send(honest.sent());

    byte[] heard = thief.receiveToTheEnd();
    assertEquals(Handshake.OPENING_BYTES + Handshake.PREFIX_BYTES + 1, heard.length);
    assertEquals(Handshake.PROOF_WRONG, heard[heard.length - 1]);
    assertEquals(1, nodes.handled());
  }

  @Test
  void whatWasRefusedLeavesNothingOpen() throws Exception {
    for (int i = 0; i < 20; i++) {
      RawSocket stranger = nodes.raw(server);
      stranger.send("nonsense".getBytes(StandardCharsets.US_ASCII));
      stranger.receiveToTheEnd();
      stranger.close();
    }

    until("each is logged", () -> log.lines().size() == 20);
    assertEquals(
        PeerServices.ints(7), answer(Nodes.call(nodes.transport(secret), server.address())));
  }
}
