package copper.transport.tcp;

import static copper.transport.Eventually.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What those learn, and can do, who listen where a node is expected. */
@ExtendWith(LeakWatch.class)
@Timeout(120)
class TcpImpostorTest {
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

  @Test
  void aProofSentBackToItsMakerIsDenied() throws Exception {
    ServerSocket listening = nodes.listen();
    CompletableFuture<ByteBuffer> call =
        Nodes.call(nodes.transport(secret), Nodes.address(listening));
    try (RawSocket mirror = new RawSocket(listening.accept())) {
      byte[] hello = mirror.receive(Handshake.OPENING_BYTES);
      byte[] nonce = Arrays.copyOfRange(hello, Handshake.PREFIX_BYTES + 1, hello.length);
      mirror.send(RawSocket.opening(Handshake.CHALLENGE, true, nonce));
      byte[] proof = mirror.receive(Handshake.PREFIX_BYTES + Handshake.PROOF_BYTES);
      proof[5] = Handshake.SERVER_PROOF;
      mirror.send(proof);

      RpcException failure = failure(Kind.DENIED, call);

      assertTrue(failure.getMessage().contains("does not hold this node's secret"));
      assertEquals(0, mirror.receiveToTheEnd().length);
    }
  }

  @Test
  void whoRelaysToAnotherNodeIsDenied() throws Exception {
    ServerSocket listening = nodes.listen();
    CompletableFuture<ByteBuffer> call =
        Nodes.call(nodes.transport(secret), Nodes.address(listening));
    TcpAddress real = TcpAddress.parse(server.address());
    try (Socket front = listening.accept();
        Socket back = new Socket(real.host(), real.port())) {
      CompletableFuture<Void> there = relay(front, back);
      CompletableFuture<Void> andBack = relay(back, front);

      failure(Kind.DENIED, call);

      CompletableFuture.allOf(there, andBack).get(30, TimeUnit.SECONDS);
    }
    assertEquals(0, nodes.handled());
  }

  private static CompletableFuture<Void> relay(Socket from, Socket to) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
            to.shutdownOutput();
          } catch (IOException e) {
            // The end of either connection ends the relay.
          }
        });
  }

  @Test
  void whoSkipsTheProofHearsNoCall() throws Exception {
    ServerSocket listening = nodes.listen();
    CompletableFuture<ByteBuffer> call =
        Nodes.call(nodes.transport(secret), Nodes.address(listening));
    try (RawSocket impostor = new RawSocket(listening.accept())) {
      impostor.welcome();

      failure(Kind.DENIED, call);

      assertEquals(0, impostor.receiveToTheEnd().length);
    }
  }

  @Test
  void whoAnswersWithNonsenseIsUnreachable() throws Exception {
    ServerSocket listening = nodes.listen();
    CompletableFuture<ByteBuffer> call =
        Nodes.call(nodes.transport(secret), Nodes.address(listening));
    try (RawSocket other = new RawSocket(listening.accept())) {
      other.send("220 ready\r\n".getBytes(StandardCharsets.US_ASCII));

      RpcException failure = failure(Kind.UNREACHABLE, call);

      assertTrue(failure.getMessage().contains("not of this protocol"), failure.getMessage());
    }
  }

  @Test
  void whoSaysNothingIsUnreachableAfterTheHandshakesTime() throws Exception {
    ServerSocket listening = nodes.listen();
    TcpTransport hasty = nodes.transport(secret, Nodes.handshake(200));

    RpcException failure = failure(Kind.UNREACHABLE, Nodes.call(hasty, Nodes.address(listening)));

    assertTrue(failure.getMessage().contains("no handshake within"), failure.getMessage());
  }

  @Test
  void theSecretIsNeverSent() throws Exception {
    ServerSocket listening = nodes.listen();
    CompletableFuture<ByteBuffer> call =
        Nodes.call(nodes.transport(secret), Nodes.address(listening));
    TcpAddress real = TcpAddress.parse(server.address());
    try (RawSocket front = new RawSocket(listening.accept());
        Socket back = new Socket(real.host(), real.port())) {
      byte[] hello = front.receive(Handshake.OPENING_BYTES);
      back.getOutputStream().write(hello);
      front.send(back.getInputStream().readNBytes(Handshake.OPENING_BYTES));
      byte[] proof = front.receive(Handshake.PREFIX_BYTES + Handshake.PROOF_BYTES);
      front.socket.shutdownOutput();
      failure(Kind.UNREACHABLE, call);

      String said = new String(hello, StandardCharsets.ISO_8859_1);
      said += new String(proof, StandardCharsets.ISO_8859_1);
      String text = Files.readString(folder.resolve("secret")).trim();
      assertTrue(!said.contains(text) && !said.contains(Nodes.RPC));
      byte[] key = HexFormat.of().parseHex(text);
      assertTrue(!said.contains(new String(key, StandardCharsets.ISO_8859_1)));
    }
  }
}
