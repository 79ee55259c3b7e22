package copper.transport.tcp;

import copper.transport.RpcTransport;
import copper.transport.RpcTransportContract;
import copper.transport.Secret;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The contract, kept by the embedded transport with a secret. */
@ExtendWith(LeakWatch.class)
class TcpTransportTest extends RpcTransportContract {
  @TempDir static Path folder;
  private Path file;
  private Secret secret;

  @Override
  protected void prepare() throws Exception {
    file = folder.resolve("secret");
    secret = Secret.create(file);
  }

  @Override
  protected RpcTransport open() throws Exception {
    return TcpTransport.open(TcpOptions.of(TcpAddress.parse("copper+tcp://127.0.0.1:0"), secret));
  }

  @Override
  protected List<String> peerArguments(String address) {
    return List.of(
        TcpPeer.class.getName(),
        address == null ? "copper+tcp://127.0.0.1:0" : address,
        file.toString());
  }

  @Override
  protected String deadAddress() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "copper+tcp://127.0.0.1:" + socket.getLocalPort();
    }
  }
}
