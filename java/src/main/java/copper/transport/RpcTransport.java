package copper.transport;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Named remote procedure calls over byte payloads, with deadlines.
 *
 * <p>A transport is both ends at once: it serves the handlers registered here to whoever calls this
 * node's {@link #address}, and calls those of others. It knows nothing of Copper's messages. All
 * methods are safe on any thread and none but {@link #close} blocks.
 */
public interface RpcTransport extends AutoCloseable {
  /** Returns this node's own address, exactly as other nodes write it in their address books. */
  String address();

  /**
   * Serves {@code handler} under {@code name} from now on.
   *
   * @throws IllegalArgumentException if the transport cannot carry a name like this
   * @throws IllegalStateException if the name is taken or the transport is closed
   */
  void register(String name, RpcHandler handler);

  /**
   * Calls the RPC {@code name} of the node at {@code address}.
   *
   * <p>The future completes with the answer's payload (position 0, little endian, the caller's own;
   * it may be direct) or exceptionally with an {@link RpcException}, within {@code timeout} and a
   * little. It is completed on one of the transport's threads, so what follows must not block; a
   * call that is refused at once comes back completed. Cancelling it gives the call up: the peer is
   * told where the transport can, and the answer is dropped.
   *
   * @param request the payload; its buffers must not change until the future is complete
   * @throws IllegalArgumentException if the transport cannot carry a name like this
   */
  CompletableFuture<ByteBuffer> call(
      String address, String name, Payload request, Duration timeout);

  /** Returns what is on its way to other nodes, where the transport can tell; in no order. */
  default List<LinkState> links() {
    return List.of();
  }

  /**
   * Stops serving, fails every call in flight with {@link RpcException.Kind#CLOSED}, and waits, a
   * few seconds at most, until no thread of the transport is left. Closing twice does nothing.
   */
  @Override
  void close();
}
