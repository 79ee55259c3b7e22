package copper.store;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Many asynchronous steps, a few at a time, without a thread that waits and without a stack that
 * grows when steps complete at once.
 */
public final class Lanes<T> {
  private final Iterator<T> items;
  private final Function<T, CompletableFuture<Void>> step;

  private Lanes(Iterator<T> items, Function<T, CompletableFuture<Void>> step) {
    this.items = items;
    this.step = step;
  }

  /**
   * Takes {@code step} for each of {@code items}, at most {@code lanes} at a time.
   *
   * @param items asked by one thread at a time
   * @return completes when all are done; fails with the first failure, and begins no further then
   */
  public static <T> CompletableFuture<Void> run(
      int lanes, Iterator<T> items, Function<T, CompletableFuture<Void>> step) {
    Lanes<T> all = new Lanes<>(items, step);
    List<CompletableFuture<Void>> running = Stream.generate(all::lane).limit(lanes).toList();
    return CompletableFuture.allOf(running.toArray(CompletableFuture<?>[]::new));
  }

  private CompletableFuture<Void> lane() {
    CompletableFuture<Void> end = new CompletableFuture<>();
    advance(end);
    return end;
  }

  private void advance(CompletableFuture<Void> end) {
    try {
      while (true) {
        T item;
        synchronized (this) {
          if (!items.hasNext()) {
            end.complete(null);
            return;
          }
          item = items.next();
        }
        CompletableFuture<Void> taken = step.apply(item);
        if (!taken.isDone()) {
          taken.whenComplete(
              (value, failure) -> {
                if (failure == null) {
                  advance(end);
                } else {
                  end.completeExceptionally(failure);
                }
              });
          return;
        }
        taken.join();
      }
    } catch (RuntimeException e) {
      end.completeExceptionally(e);
    }
  }
}
