package copper.node;

import copper.config.CopperConfig;
import copper.config.UsageException;
import copper.transport.RpcTransport;
import copper.transport.tcp.Secret;
import copper.transport.tcp.TcpAddress;
import copper.transport.tcp.TcpOptions;
import copper.transport.tcp.TcpTransport;
import java.io.IOException;

/** Opens the transport that {@code -net_type} names. */
final class Transports {
  private Transports() {}

  static RpcTransport open(CopperConfig config) throws UsageException {
    if (!config.netType().startsWith("copper+tcp:")) {
      throw new UsageException(
          "-net_type "
              + config.netType()
              + " needs Mercury and Margo, which this installation was"
              + " built without; install copper-java with Spack, or use -net_type"
              + " copper+tcp://HOST:PORT");
    }
    try {
      Secret secret =
          config.secretFile().isPresent() ? Secret.read(config.secretFile().get()) : null;
      return TcpTransport.open(TcpOptions.of(TcpAddress.parse(config.netType()), secret));
    } catch (IOException | IllegalArgumentException e) {
      throw new UsageException(e.getMessage(), e);
    }
  }
}
