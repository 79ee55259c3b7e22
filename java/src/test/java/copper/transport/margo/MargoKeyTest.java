package copper.transport.margo;

import static copper.transport.Eventually.PATIENCE;
import static copper.transport.Eventually.answer;
import static copper.transport.Eventually.failure;
import static copper.transport.PeerServices.pattern;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.Payload;
import copper.transport.PeerServices;
import copper.transport.RpcException.Kind;
import copper.transport.RpcTransport;
import copper.transport.RpcTransportContract;
import copper.transport.Secret;
import copper.transport.keyed.KeyedTransport;
import copper.transport.keyed.Sha256;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, kept by keyed nodes over libfabric's TCP, and what strangers meet there. */
class MargoKeyTest extends RpcTransportContract {
  @TempDir static Path folder;
  private Path file;
  private Secret secret;

  @Override
  protected void prepare() throws Exception {
    NativeTransport.assumeBuilt();
    file = folder.resolve("secret");
    secret = Secret.create(file);
  }

  /** Returns an address without Mercury's own word for the network. */
  private static String identity(String address) {
    return address.replace(";ofi_rxm", "");
  }

  static RpcTransport keyed(String address, Secret secret) throws Exception {
    MargoTransport below = MargoTransport.open(MargoOptions.of(address).withoutRemoteEnd());
    return KeyedTransport.over(
        below, secret, Set.of(), MargoKeyTest::identity, MargoTransport.sha256());
  }

  @Override
  protected RpcTransport open() throws Exception {
    return keyed("ofi+tcp://127.0.0.1", secret);
  }

  @Override
  protected List<String> peerArguments(String address) {
    return List.of(
        MargoKeyPeer.class.getName(),
        address == null ? "ofi+tcp://127.0.0.1" : address,
        file.toString());
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
  protected int cycles() {
    return 10;
  }

  @Test
  void nativeDigestsAreJavasOwn() {
    for (int length : new int[] {0, 1, 63, 64, 65, 16_384, 16_385, 1_000_000}) {
      ByteBuffer direct = pattern(length);
      byte[] array = new byte[length + 7];
      direct.get(0, array, 5, length);
      Payload parts =
          Payload.of(
              direct, ByteBuffer.wrap(array, 5, length), direct.slice(length / 2, length / 3));

      assertArrayEquals(Sha256.JAVA.of(parts), MargoTransport.sha256().of(parts));
    }
  }

  @Test
  void whoHasNoKeyIsServedNothingAndEndsNobody() throws Exception {
    try (RpcTransport node = open();
        MargoTransport stranger = MargoTransport.open(MargoOptions.of("ofi+tcp://127.0.0.1"));
        RpcTransport impostor =
            keyed("ofi+tcp://127.0.0.1", Secret.create(folder.resolve("other")))) {
      PeerServices services = PeerServices.register(node);
      PeerServices.register(stranger);
      String address = node.address();

      String why =
          failure(Kind.DENIED, stranger.call(address, PeerServices.STALL, Payload.EMPTY, PATIENCE))
              .getMessage();
      assertTrue(why.contains("-secret_file"), why);
      failure(
          Kind.DENIED,
          stranger.shutdownPeer(address, PATIENCE).thenApply(nothing -> ByteBuffer.allocate(0)));
      failure(Kind.DENIED, impostor.call(address, PeerServices.STALL, Payload.EMPTY, PATIENCE));
      failure(
          Kind.DENIED, node.call(stranger.address(), PeerServices.ECHO, Payload.EMPTY, PATIENCE));
      assertEquals(0, services.stalledCount());
      assertEquals(
          pattern(100),
          answer(node.call(address, PeerServices.ECHO, Payload.of(pattern(100)), PATIENCE)));
    }
  }
}
