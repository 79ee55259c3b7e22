package copper.transport.tcp;

import copper.transport.Payload;
import copper.transport.PeerServices;
import copper.transport.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Transports and raw sockets on loopback, closed after each test. */
final class Nodes implements AfterEachCallback {
  static final Duration LONG = Duration.ofSeconds(30);

  /** The RPC that every node has: it answers what it is sent. */
  static final String RPC = "secret-plans";

  private final List<AutoCloseable> open = new ArrayList<>();
  private final AtomicInteger handled = new AtomicInteger();

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    open.clear();
    handled.set(0);
  }

  /** Opens a transport with {@code secret}, or none, and otherwise as {@code change} has it. */
  TcpTransport transport(Secret secret, UnaryOperator<TcpOptions> change) throws IOException {
    TcpAddress any = TcpAddress.parse("copper+tcp://127.0.0.1:0");
    TcpTransport transport = TcpTransport.open(change.apply(TcpOptions.of(any, secret)));
    open.add(transport);
    transport.register(
        RPC,
        request -> {
          handled.incrementAndGet();
          return CompletableFuture.completedFuture(Payload.of(request.payload()));
        });
    return transport;
  }

  TcpTransport transport(Secret secret) throws IOException {
    return transport(secret, options -> options);
  }

  /** Returns how often {@link #RPC} was served, by any. */
  int handled() {
    return handled.get();
  }

  /** Connects to {@code transport}. */
  RawSocket raw(TcpTransport transport) throws IOException {
    RawSocket socket = RawSocket.to(transport);
    open.add(socket);
    return socket;
  }

  /** Listens for a transport's connections. */
  ServerSocket listen() throws IOException {
    ServerSocket socket = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    open.add(socket);
    return socket;
  }

  /** Accepts a connection. */
  RawSocket accept(ServerSocket listening) throws IOException {
    listening.setSoTimeout((int) LONG.toMillis());
    RawSocket socket = new RawSocket(listening.accept());
    open.add(socket);
    return socket;
  }

  static String address(ServerSocket socket) {
    return "copper+tcp://127.0.0.1:" + socket.getLocalPort();
  }

  /** Calls {@link #RPC} with the number 7. */
  static CompletableFuture<ByteBuffer> call(TcpTransport from, String to) {
    return from.call(to, RPC, Payload.of(PeerServices.ints(7)), LONG);
  }

  /** Returns the usual times with another limit of the handshake. */
  static UnaryOperator<TcpOptions> handshake(int millis) {
    TcpTimes usual = TcpTimes.DEFAULTS;
    return options ->
        options.withTimes(
            new TcpTimes(
                usual.connect(),
                Duration.ofMillis(millis),
                usual.stall(),
                usual.silence(),
                usual.firstBackOff(),
                usual.longestBackOff()));
  }
}
