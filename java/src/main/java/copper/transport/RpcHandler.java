package copper.transport;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * What answers an RPC.
 *
 * <p>Runs on a thread of the transport and must not block. If it throws, or its future fails, the
 * caller gets {@link RpcException.Kind#FAILED}. When the caller has given the call up, or its
 * deadline has passed, the future is cancelled; so it belongs to this one request, and where
 * several wait for the same thing, each gets a future of its own.
 */
@FunctionalInterface
public interface RpcHandler {
  /** Returns the future answer to {@code request}. */
  CompletableFuture<Payload> handle(Request request);

  /**
   * A call as it arrived.
   *
   * @param peer who calls, for log lines; not an address to call back
   * @param payload position 0, little endian, the handler's own
   * @param timeout what is left of the caller's deadline, or the transport's longest where the wire
   *     does not carry it
   */
  record Request(String peer, ByteBuffer payload, Duration timeout) {}
}
