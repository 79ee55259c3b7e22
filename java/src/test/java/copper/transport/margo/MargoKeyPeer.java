package copper.transport.margo;

import copper.transport.PeerMain;
import copper.transport.RpcTransport;
import copper.transport.Secret;
import java.nio.file.Path;

/** Opens a keyed transport over Margo: arguments are where to listen and a secret file. */
public final class MargoKeyPeer implements PeerMain.Opener {
  @Override
  public RpcTransport open(String[] arguments) throws Exception {
    return MargoKeyTest.keyed(arguments[0], Secret.read(Path.of(arguments[1])));
  }
}
