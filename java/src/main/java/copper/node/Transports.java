package copper.node;

import copper.codec.Rpcs;
import copper.config.CopperConfig;
import copper.config.UsageException;
import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcTransport;
import copper.transport.Secret;
import copper.transport.keyed.KeyedTransport;
import copper.transport.margo.MargoOptions;
import copper.transport.margo.MargoTransport;
import copper.transport.tcp.TcpAddress;
import copper.transport.tcp.TcpOptions;
import copper.transport.tcp.TcpTransport;
import copper.tree.CxiAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Opens the transport that {@code -net_type} names, or one to call others with; ends others. */
final class Transports {
  private static final String EMBEDDED = "copper+tcp:";
  private static final long ANSWERING_MILLIS = 500;

  /** What C++ nodes ask and are asked. */
  private static final Set<String> ORIGINAL =
      Set.of(Rpcs.LSTAT, Rpcs.READFILE, Rpcs.READDIR, Rpcs.IS_READY);

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
    endOnRequest(transport, ended);
    return transport;
  }

  private static void endOnRequest(RpcTransport transport, Runnable ended) {
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
  }

  private static RpcTransport margo(CopperConfig config, Runnable ended) throws IOException {
    Optional<Secret> secret = secret(config.secretFile());
    MargoOptions options =
        MargoOptions.of(config.netType()).withPollThreads(config.executionStreams());
    MargoTransport transport =
        MargoTransport.open(config.requireAuth() ? options.withoutRemoteEnd() : options);
    transport.onShutdown(ended);
    if (secret.isEmpty()) {
      return transport;
    }
    RpcTransport keyed = keyed(transport, secret.get(), config.requireAuth() ? Set.of() : ORIGINAL);
    endOnRequest(keyed, ended);
    return keyed;
  }

  private static Optional<Secret> secret(Optional<Path> file) throws IOException {
    return file.isPresent() ? Optional.of(Secret.read(file.get())) : Optional.empty();
  }

  private static KeyedTransport keyed(MargoTransport below, Secret secret, Set<String> open) {
    return KeyedTransport.over(below, secret, open, Transports::identity, MargoTransport.sha256());
  }

  /**
   * Returns what the texts have in common that an address book and Mercury have for one node: not
   * the network's words, nor what the two write differently on Slingshot ({@link CxiAddress}).
   */
  static String identity(String address) {
    Optional<CxiAddress> cxi = CxiAddress.parse(address);
    return cxi.isPresent()
        ? "nic " + cxi.get().nic()
        : address.substring(address.indexOf("://") + 1).replaceFirst("^/+", "");
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
    if (isEmbedded(network)) {
      return embedded(network, secretFile);
    }
    Optional<Secret> secret = secret(secretFile);
    MargoTransport transport = MargoTransport.open(MargoOptions.of(network));
    return secret.isPresent() ? keyed(transport, secret.get(), ORIGINAL) : transport;
  }

  /** Asks the node at {@code address} to end; completes when it has agreed. */
  static CompletableFuture<Void> end(RpcTransport caller, String address, Duration timeout) {
    return caller instanceof MargoTransport margo
        ? margo.shutdownPeer(address, timeout)
        : caller
            .call(address, Rpcs.END, Payload.EMPTY, timeout)
            .handle((answer, failure) -> endOtherwise(caller, address, timeout, failure))
            .thenCompose(ended -> ended);
  }

  /** C++ nodes, and ours without a secret, are ended as C++ Copper does it. */
  private static CompletableFuture<Void> endOtherwise(
      RpcTransport caller, String address, Duration timeout, Throwable failure) {
    Throwable cause = Failures.cause(failure);
    if (caller instanceof KeyedTransport keyed
        && keyed.below() instanceof MargoTransport margo
        && cause instanceof RpcException e
        && e.kind() == RpcException.Kind.NO_SUCH_RPC) {
      return margo.shutdownPeer(address, timeout);
    }
    return failure == null
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(cause);
  }
}
