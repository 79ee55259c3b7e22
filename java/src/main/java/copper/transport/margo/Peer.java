package copper.transport.margo;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/**
 * Another node: its native address, looked up once, and on TCP whether it was there when last heard
 * of.
 *
 * <p>A new peer, and one of which a call has failed, is checked before the next call is sent to it,
 * once for all calls that wait.
 */
final class Peer {
  private static final CompletableFuture<Void> READY = CompletableFuture.completedFuture(null);

  private final long handle;
  private final InetSocketAddress socket;
  private final ConnectCheck check;
  private CompletableFuture<Void> ready;

  Peer(long handle, InetSocketAddress socket, ConnectCheck check) {
    this.handle = handle;
    this.socket = socket;
    this.check = check;
    this.ready = socket == null ? READY : null;
  }

  /** Returns the native address. */
  long handle() {
    return handle;
  }

  /** Completes when a call may be sent, or fails as the call is to fail. */
  synchronized CompletableFuture<Void> ready() {
    if (ready == null || ready.isCompletedExceptionally()) {
      ready = check.connect(socket);
    }
    return ready;
  }

  /** A call got no answer. */
  synchronized void suspect() {
    if (socket != null && ready != null && ready.isDone()) {
      ready = null;
    }
  }
}
