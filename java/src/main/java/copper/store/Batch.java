package copper.store;

import copper.codec.Batches;
import copper.codec.Rpcs;
import copper.model.RawPath;
import copper.model.Reply;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Questions that go to the parent in one message: a call costs a node about as much as a few dozen
 * names in it.
 *
 * <p>Collect them by {@link #ask}, then {@link #send}; all on one thread. Where the parent takes no
 * batches, or there is none, each is asked by itself.
 */
final class Batch implements Asker {
  private final CooperativeStore store;
  private final List<Item<?>> items = new ArrayList<>();

  private record Item<T>(Query<T> query, RawPath path, CompletableFuture<Reply<T>> answer) {
    void complete(CompletableFuture<Reply<T>> source) {
      source.whenComplete(
          (reply, failure) -> {
            if (failure == null) {
              answer.complete(reply);
            } else {
              answer.completeExceptionally(failure);
            }
          });
    }

    void askAlone(CooperativeStore store) {
      complete(store.upstream().ask(query, path));
    }

    void read(CooperativeStore store, ByteBuffer own) {
      complete(
          store
              .upstream()
              .orElse(
                  own.hasRemaining()
                      ? CompletableFuture.completedFuture(store.upstream().decode(query, own))
                      : CompletableFuture.failedFuture(
                          new RpcException(Kind.NO_SUCH_RPC, query.rpc() + " is not known")),
                  query,
                  path));
    }
  }

  Batch(CooperativeStore store) {
    this.store = store;
  }

  @Override
  public <T> CompletableFuture<Reply<T>> ask(Query<T> query, RawPath path) {
    if (!store.upstream().knows(Rpcs.BATCH) || !store.upstream().knows(query.rpc())) {
      return store.upstream().ask(query, path);
    }
    Item<T> item = new Item<>(query, path, new CompletableFuture<>());
    items.add(item);
    return item.answer();
  }

  /** Sends what has been asked; nothing may be asked after. */
  void send() {
    if (items.size() == 1) {
      items.get(0).askAlone(store);
      return;
    }
    for (int from = 0; from < items.size(); from += Batches.MOST) {
      send(items.subList(from, Math.min(items.size(), from + Batches.MOST)));
    }
  }

  private void send(List<Item<?>> part) {
    List<Batches.Question> questions = new ArrayList<>(part.size());
    part.forEach(item -> questions.add(new Batches.Question(item.query().rpc(), item.path())));
    store
        .upstream()
        .askBatch(questions)
        .whenComplete(
            (answers, failure) -> {
              if (failure == null) {
                for (int i = 0; i < part.size(); i++) {
                  read(part.get(i), answers.get(i));
                }
              } else if (Upstream.isUnknown(failure)) {
                part.forEach(item -> item.askAlone(store));
              } else {
                part.forEach(item -> item.answer().completeExceptionally(failure));
              }
            });
  }

  private void read(Item<?> item, ByteBuffer own) {
    try {
      item.read(store, own);
    } catch (RpcException e) {
      item.answer().completeExceptionally(e);
    }
  }
}
