package copper.store;

import copper.codec.Rpcs;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** C++ nodes that are all there, answer at once, and serve nothing. */
class ReadyNodes implements RpcTransport {
  @Override
  public CompletableFuture<ByteBuffer> call(
      String peer, String name, Payload request, Duration timeout) {
    return name.equals(Rpcs.IS_READY)
        ? CompletableFuture.completedFuture(ByteBuffer.wrap(new byte[] {1}))
        : CompletableFuture.failedFuture(new RpcException(Kind.NO_SUCH_RPC, name));
  }

  @Override
  public String address() {
    return "child";
  }

  @Override
  public void register(String name, RpcHandler handler) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
