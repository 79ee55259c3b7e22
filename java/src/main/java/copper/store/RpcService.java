package copper.store;

import copper.codec.Batches;
import copper.codec.ChunkRequest;
import copper.codec.CodecException;
import copper.codec.Hello;
import copper.codec.PartRequest;
import copper.codec.PathRequest;
import copper.codec.PushRequest;
import copper.codec.Replies;
import copper.codec.ReplyCodec;
import copper.codec.Rpcs;
import copper.codec.Serving;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.OperationStats;
import copper.metrics.Outcome;
import copper.model.Errno;
import copper.model.Failures;
import copper.model.RawPath;
import copper.model.Reply;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.logging.Logger;

/**
 * The RPCs that children call, answered by the store of this node; C++ nodes call them too.
 *
 * <p>Handlers never block. A request that cannot be read fails with the RPC's and the peer's name;
 * a store that has no answer gives EIO, as C++ Copper does for a parent that fails, and one that is
 * closing fails the request.
 */
public final class RpcService {
  private static final Logger LOG = Logger.getLogger(RpcService.class.getName());

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
      transport.register(query.rpc(), timed(query.rpc(), request -> serve(query, request)));
    }
    transport.register(Rpcs.HELLO, this::hello);
    transport.register(Rpcs.SERVING, this::serving);
    transport.register(Rpcs.BATCH, timed(Rpcs.BATCH, this::serveBatch));
    transport.register(Rpcs.READ, timed(Rpcs.READ, this::serveChunk));
    transport.register(Rpcs.MORE, timed(Rpcs.MORE, this::servePart));
    if (store.pushing().isOn()) {
      transport.register(Rpcs.PUSH, this::push);
    }
  }

  private CompletableFuture<Payload> push(RpcHandler.Request request) {
    try {
      return store.pushing().serve(request.peer(), PushRequest.decode(request.payload()));
    } catch (CodecException e) {
      return unreadable(Rpcs.PUSH, request, e);
    }
  }

  private CompletableFuture<Payload> hello(RpcHandler.Request request) {
    try {
      Hello caller = Hello.decode(request.payload());
      LOG.fine(() -> request.peer() + " is Copper for Java " + caller.build());
    } catch (CodecException e) {
      return unreadable(Rpcs.HELLO, request, e);
    }
    return CompletableFuture.completedFuture(new Payload(store.hello().encode()));
  }

  private CompletableFuture<Payload> serving(RpcHandler.Request request) {
    try {
      Serving own = store.upstream().compare(Serving.decode(request.payload()));
      return CompletableFuture.completedFuture(new Payload(own.encode()));
    } catch (CodecException e) {
      return unreadable(Rpcs.SERVING, request, e);
    }
  }

  private RpcHandler timed(String rpc, RpcHandler handler) {
    OperationStats stats = counters.of(new Operation(Operation.Layer.SERVED, rpc));
    return request -> {
      long start = counters.now();
      CompletableFuture<Payload> answer = handler.handle(request);
      answer.whenComplete((payload, failure) -> stats.record(Outcome.DONE, counters.now() - start));
      return answer;
    };
  }

  private CompletableFuture<Payload> serveChunk(RpcHandler.Request request) {
    return serve(
        Rpcs.READ,
        request,
        ChunkRequest::decode,
        chunk ->
            noted(
                request.peer(),
                chunk.path(),
                path -> Optional.of(PushThing.of(chunk.of(path))),
                store.serveChunk(chunk)),
        Replies.CHUNK);
  }

  private CompletableFuture<Payload> servePart(RpcHandler.Request request) {
    return serve(Rpcs.MORE, request, PartRequest::decode, store::servePart, Replies.LIST);
  }

  private <Q, T> CompletableFuture<Payload> serve(
      String rpc,
      RpcHandler.Request request,
      Function<ByteBuffer, Q> decode,
      Function<Q, CompletableFuture<Reply<T>>> answer,
      ReplyCodec<T> codec) {
    Q asked;
    try {
      asked = decode.apply(request.payload());
    } catch (CodecException e) {
      return unreadable(rpc, request, e);
    }
    return answer
        .apply(asked)
        .exceptionally(RpcService::without)
        .thenApply(reply -> count(new Payload(codec.encode(reply, false))));
  }

  private CompletableFuture<Payload> serveBatch(RpcHandler.Request request) {
    List<Batches.Question> questions;
    try {
      questions = Batches.questions(request.payload());
    } catch (CodecException e) {
      return unreadable(Rpcs.BATCH, request, e);
    }
    Batch batch = new Batch(store);
    List<CompletableFuture<List<ByteBuffer>>> answers = new ArrayList<>(questions.size());
    for (Batches.Question question : questions) {
      answers.add(
          Query.ofRpc(question.rpc())
              .filter(query -> !query.isData())
              .map(query -> answer(query, question.path(), false, batch, request.peer()))
              .orElse(CompletableFuture.completedFuture(List.of())));
    }
    batch.send();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done ->
                count(
                    new Payload(
                        Batches.answer(answers.stream().map(CompletableFuture::join).toList()))));
  }

  private <T> CompletableFuture<List<ByteBuffer>> answer(
      Query<T> query, RawPath path, boolean dest, Asker asker, String peer) {
    Query<T> kept = query.kept();
    return noted(peer, path, real -> PushThing.of(kept, real), store.serve(kept, path, asker))
        .exceptionally(RpcService::without)
        .thenApply(reply -> query.answer(reply, dest));
  }

  /** Has what a child asks for sent to others before they do. */
  private <T> CompletableFuture<Reply<T>> noted(
      String peer,
      RawPath path,
      Function<RawPath, Optional<PushThing>> thing,
      CompletableFuture<Reply<T>> answer) {
    if (store.pushing().isOn()) {
      store
          .served()
          .resolve(path)
          .flatMap(thing)
          .ifPresent(asked -> store.pushing().asked(peer, asked, answer));
    }
    return answer;
  }

  private <T> CompletableFuture<Payload> serve(Query<T> query, RpcHandler.Request request) {
    PathRequest asked;
    try {
      asked = PathRequest.decode(request.payload());
    } catch (CodecException e) {
      return unreadable(query.rpc(), request, e);
    }
    return answer(query, asked.path(), asked.dest(), store.upstream(), request.peer())
        .thenApply(answer -> count(new Payload(answer)));
  }

  /**
   * What a child hears where the store has no answer; one that is closing says so, for the child's
   * question is then for another node.
   */
  private static <T> Reply<T> without(Throwable noAnswer) {
    Throwable cause = Failures.cause(noAnswer);
    if (cause instanceof RejectedExecutionException
        || (cause instanceof RpcException e && e.kind() == RpcException.Kind.CLOSED)) {
      throw new CompletionException(cause);
    }
    return Reply.failure(Errno.EIO);
  }

  private static CompletableFuture<Payload> unreadable(
      String rpc, RpcHandler.Request request, CodecException e) {
    return CompletableFuture.failedFuture(RpcException.unreadable(rpc, request, e));
  }

  private Payload count(Payload payload) {
    counters.increment(Counter.RPC_SERVED);
    counters.add(Counter.RPC_BYTES_OUT, payload.length());
    return payload;
  }
}
