package copper.transport.margo;

import copper.transport.PeerMain;
import copper.transport.RpcTransport;

/** Opens the Margo transport in a peer process: the argument is where to listen. */
public final class MargoPeer implements PeerMain.Opener {
  @Override
  public RpcTransport open(String[] arguments) throws Exception {
    MargoTransport transport = MargoTransport.open(MargoOptions.of(arguments[0]));
    transport.onShutdown(
        () -> {
          transport.close();
          System.exit(0);
        });
    return transport;
  }
}
