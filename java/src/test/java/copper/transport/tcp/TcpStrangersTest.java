package copper.transport.tcp;

import static copper.transport.tcp.Nodes.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.Eventually;
import copper.transport.Payload;
import copper.transport.PeerServices;
import copper.transport.Secret;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand connections that are no use, or as many as this process may have. */
@Timeout(300)
class TcpStrangersTest {
  private static final int MANY = 10_000;

  /** Descriptors for all else in this process. */
  private static final int OTHERS = 1500;

  /** Of those that hold the secret and do not read. */
  private static final int DEAF = 100;

  @RegisterExtension final Nodes nodes = new Nodes();
  @RegisterExtension final LogWatch log = new LogWatch();
  @TempDir Path directory;

  private final List<SocketChannel> strangers = new ArrayList<>();
  private Secret secret;
  private TcpTransport server;

  @BeforeEach
  void startServer() throws Exception {
    secret = Secret.create(directory.resolve("secret"));
    server = nodes.transport(secret, Nodes.handshake(3000));
  }

  @AfterEach
  void closeStrangers() throws IOException {
    for (SocketChannel stranger : strangers) {
      stranger.close();
    }
  }

  /** Both ends are in this process. */
  private static int many() {
    return Math.max(100, Math.min(MANY, (Descriptors.most() - OTHERS) / 2));
  }

  private void connect(int number) throws IOException {
    TcpAddress address = TcpAddress.parse(server.address());
    for (int i = 0; i < number; i++) {
      strangers.add(SocketChannel.open(new InetSocketAddress(address.host(), address.port())));
    }
  }

  private void assertServed(TcpTransport honest) throws Exception {
    assertEquals(
        PeerServices.ints(7),
        Nodes.call(honest, server.address()).get(LONG.toMillis(), TimeUnit.MILLISECONDS));
  }

  private void assertNewcomerIsServed() throws Exception {
    try (TcpTransport newcomer = nodes.transport(secret)) {
      assertServed(newcomer);
    }
  }

  @Test
  void whoSaysNothingHoldsUpNobody() throws Exception {
    TcpTransport before = nodes.transport(secret);
    assertServed(before);
    connect(many());
    for (int i = 0; i < 20; i++) {
      assertServed(before);
      assertNewcomerIsServed();
    }
    assertAllAreClosed();
  }

  /** The server ends every handshake within its limit. */
  private void assertAllAreClosed() throws IOException {
    for (SocketChannel stranger : strangers) {
      stranger.socket().setSoTimeout((int) Eventually.PATIENCE.toMillis());
      assertEquals(0, readToTheEnd(stranger), "bytes told to a stranger");
    }
  }

  private static int readToTheEnd(SocketChannel stranger) {
    try {
      return stranger.socket().getInputStream().readAllBytes().length;
    } catch (java.net.SocketException e) {
      return 0; // A reset is an end as well.
    } catch (IOException e) {
      throw new AssertionError("a stranger is still connected: " + e, e);
    }
  }

  @Test
  void whoSendsAByteASecondHoldsUpNobody() throws Exception {
    connect(many());
    AtomicInteger told = new AtomicInteger();
    byte[] hello = new byte[Handshake.OPENING_BYTES];
    RawSocket.opening(Handshake.HELLO, true, new byte[32]).readBytes(hello).release();
    Thread dawdling = new Thread(() -> dawdle(hello, told), "dawdling");
    dawdling.start();
    try {
      while (told.get() < 3) {
        assertNewcomerIsServed();
      }
      assertAllAreClosed();
    } finally {
      dawdling.interrupt();
      dawdling.join();
    }
  }

  /** Sends all strangers' next byte each second, until the hello would be whole. */
  private void dawdle(byte[] hello, AtomicInteger told) {
    try {
      for (byte one : hello) {
        for (SocketChannel stranger : strangers) {
          try {
            stranger.write(ByteBuffer.wrap(new byte[] {one}));
          } catch (IOException e) {
            // The server has closed it, as it should.
          }
        }
        told.incrementAndGet();
        Thread.sleep(1000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whoStopsReadingHoldsUpNobody() throws Exception {
    byte[] large = new byte[1 << 20];
    server.register(
        "large",
        request -> java.util.concurrent.CompletableFuture.completedFuture(Payload.of(large)));
    TcpTransport honest = nodes.transport(secret);
    for (int i = 0; i < DEAF; i++) {
      RawSocket deaf = nodes.raw(server);
      deaf.greet(secret);
      for (int call = 0; call < 20; call++) {
        deaf.send(RawSocket.request(call, "large", new byte[0]));
      }
      if (i % 10 == 0) {
        assertServed(honest);
        assertNewcomerIsServed();
      }
    }
  }

  @Test
  void descriptorsAreLeftForStorage() throws Exception {
    TcpLimits few = TcpLimits.DEFAULTS.withConnections(3);
    server = nodes.transport(secret, options -> options.withLimits(few));
    List<RawSocket> known = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      known.add(nodes.raw(server));
      known.get(i).greet(secret);
    }
    RawSocket oneMore = nodes.raw(server);
    oneMore.greet(secret);
    assertEquals(0, oneMore.receiveToTheEnd().length);
    known.get(0).send(RawSocket.request(1, Nodes.RPC, new byte[] {5}));
    assertTrue(
        Arrays.equals(new byte[] {0, 0, 0, 1, 5}, known.get(0).receiveFrame().body().array()));
    known.get(1).close();
    Eventually.until(
        "there is room for another",
        () -> {
          try (RawSocket next = RawSocket.to(server)) {
            next.greet(secret);
            next.send(RawSocket.request(1, Nodes.RPC, new byte[] {6}));
            return next.receiveFrame().body().array()[4] == 6;
          } catch (IOException e) {
            return false;
          }
        });
  }
}
