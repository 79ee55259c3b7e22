package copper.transport.keyed;

import copper.transport.PeerMain;
import copper.transport.RpcTransport;
import copper.transport.Secret;
import copper.transport.tcp.TcpAddress;
import copper.transport.tcp.TcpOptions;
import copper.transport.tcp.TcpTransport;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Opens a keyed transport over the embedded one: arguments are the address and a secret file. */
public final class KeyedPeer implements PeerMain.Opener {
  @Override
  public RpcTransport open(String[] arguments) throws Exception {
    return over(arguments[0], Secret.read(Path.of(arguments[1])));
  }

  static RpcTransport over(String address, Secret secret) throws Exception {
    return KeyedTransport.over(
        TcpTransport.open(TcpOptions.of(TcpAddress.parse(address), null)),
        secret,
        Set.of(),
        UnaryOperator.identity(),
        Sha256.JAVA);
  }
}
