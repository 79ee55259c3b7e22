package copper.transport.tcp;

import copper.transport.Payload;
import copper.transport.RpcHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.CompletableFuture;

/**
 * One request that this node serves, from its first frame until its answer has been handed to the
 * channel.
 *
 * <p>Confined to the event loop of its connection.
 */
final class Served {
  final long id;
  final String name;
  final RpcHandler handler;
  final int length;

  /** When the caller stops waiting, on the transport's clock. */
  final long deadline;

  /** Ends the request at its deadline. */
  ScheduledFuture<?> timer;

  /** The request's payload while it arrives, then null. */
  Assembly request;

  /** What the handler returned, null before. */
  CompletableFuture<Payload> future;

  /** The answer, null until the handler has one. */
  OutMessage answer;

  Served(long id, String name, RpcHandler handler, int length, long deadline) {
    this.id = id;
    this.name = name;
    this.handler = handler;
    this.length = length;
    this.deadline = deadline;
    this.request = new Assembly(length);
  }
}
