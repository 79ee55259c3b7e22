package copper.transport.margo;

import copper.transport.RpcTransport;
import copper.transport.RpcTransportContract;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

/** The contract, kept over libfabric's TCP. */
class MargoTcpTest extends RpcTransportContract {
  @Override
  protected void prepare() {
    NativeTransport.assumeBuilt();
  }

  @Override
  protected RpcTransport open() throws Exception {
    return MargoTransport.open(MargoOptions.of("ofi+tcp://127.0.0.1"));
  }

  @Override
  protected List<String> peerArguments(String address) {
    return List.of(MargoPeer.class.getName(), address == null ? "ofi+tcp://127.0.0.1" : address);
  }

  @Override
  protected List<String> peerJvmArguments() {
    return NativeTransport.jvmArguments();
  }

  @Override
  protected String deadAddress() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "ofi+tcp://127.0.0.1:" + socket.getLocalPort();
    }
  }

  @Override
  protected boolean cancelsHandlers() {
    return false;
  }

  @Override
  protected boolean tellsWhyAHandlerFailed() {
    return false;
  }

  @Override
  protected int cycles() {
    return 50;
  }
}
