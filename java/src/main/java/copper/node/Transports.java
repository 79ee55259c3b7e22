package copper.node;

import copper.codec.Rpcs;
import copper.config.CopperConfig;
import copper.config.UsageException;
import copper.transport.Payload;
import copper.transport.RpcTransport;
import copper.transport.margo.MargoOptions;
import copper.transport.margo.MargoTransport;
import copper.transport.tcp.Secret;
import copper.transport.tcp.TcpAddress;
import copper.transport.tcp.TcpOptions;
import copper.transport.tcp.TcpTransport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Opens the transport that {@code -net_type} names, or one to call others with; ends others. */
final class Transports {
  private static final String EMBEDDED = "copper+tcp:";
  private static final long ANSWERING_MILLIS = 500;

  private Transports() {}

  /**
   * Opens the transport.
   *
   * @param ended runs, on a thread of its own, when another process asks this node to end
   * @throws UsageException if it cannot be opened with what the command line says
   */
  static RpcTransport open(CopperConfig config, Runnable ended) throws UsageException {
    try {
      return isEmbedded(config.netType()) ? embedded(config, ended) : margo(config, ended);
    } catch (IOException | IllegalArgumentException e) {
      throw new UsageException(e.getMessage(), e);
    }
  }

  private static boolean isEmbedded(String address) {
    return address.startsWith(EMBEDDED);
  }

  private static TcpTransport embedded(String address, Optional<Path> secretFile)
      throws IOException {
    Secret secret = secretFile.isPresent() ? Secret.read(secretFile.get()) : null;
    return TcpTransport.open(TcpOptions.of(TcpAddress.parse(address), secret));
  }

  private static RpcTransport embedded(CopperConfig config, Runnable ended) throws IOException {
    TcpTransport transport = embedded(config.netType(), config.secretFile());
    transport.register(
        Rpcs.END,
        request -> {
          // The answer has to be out before the transport closes.
          CompletableFuture.delayedExecutor(
                  ANSWERING_MILLIS,
                  TimeUnit.MILLISECONDS,
                  task -> new Thread(task, "copper-shutdown").start())
              .execute(ended);
          return CompletableFuture.completedFuture(Payload.EMPTY);
        });
    return transport;
  }

  private static RpcTransport margo(CopperConfig config, Runnable ended) throws IOException {
    MargoTransport transport =
        MargoTransport.open(
            MargoOptions.of(config.netType()).withPollThreads(config.executionStreams()));
    transport.onShutdown(ended);
    return transport;
  }

  /**
   * Returns what a transport must listen on to call {@code address}, an address book's: equal texts
   * are one network.
   */
  static String network(String address) {
    if (isEmbedded(address)) {
      return EMBEDDED + "//127.0.0.1:0";
    }
    int end = address.indexOf("://");
    String protocol = end < 0 ? address : address.substring(0, end);
    // As Mercury prints it: the protocol, and libfabric's own word for it, which it does not take.
    int words = protocol.indexOf(';');
    protocol = words < 0 ? protocol : protocol.substring(0, words);
    return address.startsWith("://127.", Math.max(end, 0)) ? protocol + "://127.0.0.1" : protocol;
  }

  /**
   * Opens a transport that can call addresses of {@code network}.
   *
   * @throws IOException with one line that says what is missing or wrong and what to do
   */
  static RpcTransport caller(String network, Optional<Path> secretFile) throws IOException {
    return isEmbedded(network)
        ? embedded(network, secretFile)
        : MargoTransport.open(MargoOptions.of(network));
  }

  /** Asks the node at {@code address} to end; completes when it has agreed. */
  static CompletableFuture<Void> end(RpcTransport caller, String address, Duration timeout) {
    return caller instanceof MargoTransport margo
        ? margo.shutdownPeer(address, timeout)
        : caller.call(address, Rpcs.END, Payload.EMPTY, timeout).thenAccept(answer -> {});
  }
}
