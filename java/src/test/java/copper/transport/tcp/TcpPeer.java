package copper.transport.tcp;

import copper.transport.PeerMain;
import copper.transport.RpcTransport;
import copper.transport.Secret;
import java.nio.file.Path;

/** Opens the embedded transport in a peer process: arguments are the address and a secret file. */
public final class TcpPeer implements PeerMain.Opener {
  @Override
  public RpcTransport open(String[] arguments) throws Exception {
    Secret secret = arguments.length > 1 ? Secret.read(Path.of(arguments[1])) : null;
    return TcpTransport.open(TcpOptions.of(TcpAddress.parse(arguments[0]), secret));
  }
}
