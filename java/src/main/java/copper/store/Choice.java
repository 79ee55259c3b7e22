package copper.store;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Who is asked, as far as it is settled; replaced, never changed. No two are equal.
 *
 * @param server completes with who answers, or with nobody where storage is to be asked; fails
 *     where neither may be
 * @param latest who was asked last, or is waited for
 * @param since when it was made, on the ticker
 */
record Choice(CompletableFuture<Optional<Ancestor>> server, Ancestor latest, long since) {
  boolean isSettled() {
    return server.isDone() && !server.isCompletedExceptionally();
  }

  /** Returns who answers; nobody where that is storage, or not settled. */
  Optional<Ancestor> settled() {
    return isSettled() ? server.join() : Optional.empty();
  }

  /** Tells whether storage is to be asked. */
  boolean isOrphan() {
    return isSettled() && server.join().isEmpty();
  }

  /** Returns the rank of who answers; that of storage, or of nobody, comes after all. */
  int rank() {
    return settled().map(Ancestor::rank).orElse(Integer.MAX_VALUE);
  }
}
