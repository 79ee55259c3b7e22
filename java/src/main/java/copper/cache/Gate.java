package copper.cache;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * Bounds the bytes that are on their way at a time; what is too much waits its turn.
 *
 * <p>Something longer than the bound passes when nothing else is on its way. Nothing that has
 * passed may wait for something that passes the same gate. Safe on any thread, never blocks.
 */
final class Gate {
  private final long bound;
  private final Executor executor;
  private final Queue<Waiting> queue = new ArrayDeque<>();
  private long onTheWay;

  private record Waiting(long bytes, Runnable start, CompletableFuture<?> result) {}

  /**
   * Makes a gate.
   *
   * @param executor starts what had to wait; its threads may wait for storage
   */
  Gate(long bound, Executor executor) {
    this.bound = bound;
    this.executor = executor;
  }

  /** Starts {@code action}, on this thread unless it has to wait; completes as that does. */
  <T> CompletableFuture<T> pass(long bytes, Supplier<CompletableFuture<T>> action) {
    CompletableFuture<T> waiting;
    synchronized (this) {
      if (queue.isEmpty() && fits(bytes)) {
        onTheWay += bytes;
        waiting = null;
      } else {
        CompletableFuture<T> result = new CompletableFuture<>();
        queue.add(new Waiting(bytes, () -> startLater(bytes, action, result), result));
        waiting = result;
      }
    }
    return waiting != null ? waiting : start(bytes, action);
  }

  /** Tells whether something of {@code bytes} would have to wait. */
  synchronized boolean isFull(long bytes) {
    return !queue.isEmpty() || !fits(bytes);
  }

  private boolean fits(long bytes) {
    return onTheWay == 0 || onTheWay + bytes <= bound;
  }

  private <T> CompletableFuture<T> start(long bytes, Supplier<CompletableFuture<T>> action) {
    CompletableFuture<T> running;
    try {
      running = action.get();
    } catch (RuntimeException | Error e) {
      running = CompletableFuture.failedFuture(e);
    }
    return running.whenComplete((value, failure) -> leave(bytes));
  }

  private <T> void startLater(
      long bytes, Supplier<CompletableFuture<T>> action, CompletableFuture<T> result) {
    start(bytes, action)
        .whenComplete(
            (value, failure) -> {
              if (failure != null) {
                result.completeExceptionally(failure);
              } else {
                result.complete(value);
              }
            });
  }

  private void leave(long bytes) {
    synchronized (this) {
      onTheWay -= bytes;
    }
    for (Waiting next = next(); next != null; next = next()) {
      try {
        // Not here: what this thread does next may be to wait, and so would all that follow.
        executor.execute(next.start());
      } catch (RejectedExecutionException e) {
        // The node is closing.
        next.result().completeExceptionally(e);
        synchronized (this) {
          onTheWay -= next.bytes();
        }
      }
    }
  }

  private synchronized Waiting next() {
    Waiting next = queue.peek();
    if (next == null || !fits(next.bytes())) {
      return null;
    }
    onTheWay += next.bytes();
    return queue.remove();
  }
}
