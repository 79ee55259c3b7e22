package copper.node;

import copper.config.CopperConfig;
import copper.config.UsageException;
import copper.transport.RpcTransport;
import copper.transport.margo.MargoOptions;
import copper.transport.margo.MargoTransport;
import copper.transport.tcp.Secret;
import copper.transport.tcp.TcpAddress;
import copper.transport.tcp.TcpOptions;
import copper.transport.tcp.TcpTransport;
import java.io.IOException;

/** Opens the transport that {@code -net_type} names. */
final class Transports {
  private Transports() {}

  /**
   * Opens the transport.
   *
   * @param ended runs, on a thread of its own, when another node asks this one to end; Margo only
   * @throws UsageException if it cannot be opened with what the command line says
   */
  static RpcTransport open(CopperConfig config, Runnable ended) throws UsageException {
    try {
      return config.netType().startsWith("copper+tcp:") ? embedded(config) : margo(config, ended);
    } catch (IOException | IllegalArgumentException e) {
      throw new UsageException(e.getMessage(), e);
    }
  }

  private static RpcTransport embedded(CopperConfig config) throws IOException {
    Secret secret = config.secretFile().isPresent() ? Secret.read(config.secretFile().get()) : null;
    return TcpTransport.open(TcpOptions.of(TcpAddress.parse(config.netType()), secret));
  }

  private static RpcTransport margo(CopperConfig config, Runnable ended) throws IOException {
    MargoTransport transport = MargoTransport.open(MargoOptions.of(config.netType()));
    transport.onShutdown(ended);
    return transport;
  }
}
