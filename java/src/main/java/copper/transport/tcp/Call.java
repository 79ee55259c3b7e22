package copper.transport.tcp;

import io.netty.util.concurrent.ScheduledFuture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * One call of this node to another, from the caller's thread to its end.
 *
 * <p>The final fields are for any thread; the others are confined to the event loop of the peer.
 */
final class Call {
  final long id;
  final String name;
  final Duration timeout;

  /** When the timeout passes, on the transport's clock. */
  final long deadline;

  final CompletableFuture<ByteBuffer> future = new CompletableFuture<>();

  /** The request. */
  OutMessage request;

  /** Ends the call at its deadline; null until the event loop has seen the call. */
  ScheduledFuture<?> timer;

  /** What carries the call, null while there is no connection. */
  ClientConnection connection;

  /** The answer, null until it begins. */
  Assembly answer;

  /** The bytes that this call takes of the peer's allowance. */
  long reserved;

  Call(long id, String name, Duration timeout, long deadline) {
    this.id = id;
    this.name = name;
    this.timeout = timeout;
    this.deadline = deadline;
  }
}
