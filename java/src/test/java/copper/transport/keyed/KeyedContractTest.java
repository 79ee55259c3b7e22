package copper.transport.keyed;

import copper.transport.RpcTransport;
import copper.transport.RpcTransportContract;
import copper.transport.Secret;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** The contract, kept by keyed nodes over the embedded transport. */
class KeyedContractTest extends RpcTransportContract {
  private static final String ANY = "copper+tcp://127.0.0.1:0";

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
    return KeyedPeer.over(ANY, secret);
  }

  @Override
  protected List<String> peerArguments(String address) {
    return List.of(KeyedPeer.class.getName(), address == null ? ANY : address, file.toString());
  }

  @Override
  protected String deadAddress() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "copper+tcp://127.0.0.1:" + socket.getLocalPort();
    }
  }

  @Override
  protected int cycles() {
    return 20;
  }

  /** Java's SHA-256 is slow without its second compiler. */
  @Override
  protected List<String> peerJvmArguments() {
    return List.of("-XX:TieredStopAtLevel=4");
  }
}
