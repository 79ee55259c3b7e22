package copper.store;

import copper.codec.CodecException;
import copper.codec.PathRequest;
import copper.codec.Rpcs;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.Errno;
import copper.model.Reply;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import java.util.concurrent.CompletableFuture;

/**
 * The RPCs that children call, answered by the store of this node; C++ nodes call them too.
 *
 * <p>Handlers never block. A request that cannot be read fails with the RPC's and the peer's name;
 * a store that has no answer gives EIO, as C++ Copper does for a parent that fails.
 */
public final class RpcService {
  private static final byte[] READY = {1};

  private final CooperativeStore store;
  private final Counters counters;

  /** Makes the service of {@code store}. */
  public RpcService(CooperativeStore store, Counters counters) {
    this.store = store;
    this.counters = counters;
  }

  /** Registers every RPC with {@code transport}; from then on children are served. */
  public void register(RpcTransport transport) {
    transport.register(
        Rpcs.IS_READY, request -> CompletableFuture.completedFuture(Payload.of(READY)));
    for (Query<?> query : Query.ALL) {
      transport.register(query.rpc(), request -> serve(query, request));
    }
  }

  private <T> CompletableFuture<Payload> serve(Query<T> query, RpcHandler.Request request) {
    PathRequest asked;
    try {
      asked = PathRequest.decode(request.payload());
    } catch (CodecException e) {
      return CompletableFuture.failedFuture(
          new RpcException(
              RpcException.Kind.BAD_MESSAGE,
              query.rpc() + " from " + request.peer() + " cannot be read: " + e.getMessage(),
              e));
    }
    return store
        .serve(query, asked.path())
        .exceptionally(noAnswer -> Reply.failure(Errno.EIO))
        .thenApply(reply -> count(query.answer(reply, asked.dest())));
  }

  private Payload count(Payload payload) {
    counters.increment(Counter.RPC_SERVED);
    counters.add(Counter.RPC_BYTES_OUT, payload.length());
    return payload;
  }
}
