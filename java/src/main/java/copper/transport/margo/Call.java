package copper.transport.margo;

import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * A call on its way.
 *
 * @param id its number, in native code too
 * @param name the RPC
 * @param address the peer's
 * @param deadline by System.nanoTime
 * @param cancellable whether Mercury may be told to give it up
 */
record Call(
    long id,
    String name,
    String address,
    long deadline,
    boolean cancellable,
    CompletableFuture<ByteBuffer> future) {
  /** Returns the nanoseconds left. */
  long left() {
    return deadline - System.nanoTime();
  }

  /** Ends it; {@code why} follows its name and address. */
  void fail(Kind kind, String why) {
    future.completeExceptionally(new RpcException(kind, name + " of " + address + " " + why));
  }
}
