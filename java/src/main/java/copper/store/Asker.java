package copper.store;

import copper.model.RawPath;
import copper.model.Reply;
import java.util.concurrent.CompletableFuture;

/** A way to have a question answered that the cache cannot answer. */
interface Asker {
  /** Asks the parent, or at the root of the tree storage. */
  <T> CompletableFuture<Reply<T>> ask(Query<T> query, RawPath path);
}
