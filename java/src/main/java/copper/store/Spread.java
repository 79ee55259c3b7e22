package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.storage.MayBlock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Many short storage calls, on as many threads as their slowness deserves.
 *
 * <p>One thread begins. Whenever a call took long, the thread that made it gets another one to
 * help: on a local disk a directory's attributes are read by one thread without a hand-over, on a
 * parallel file system by many at once.
 */
final class Spread {
  /** Far more than a call whose answer is in the kernel's memory takes, in nanoseconds. */
  private static final long SLOW = 200_000;

  private final int count;
  private final IntConsumer step;
  private final Executor pool;
  private final Ticker ticker;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger left;
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  private Spread(int count, IntConsumer step, Executor pool, Ticker ticker) {
    this.count = count;
    this.step = step;
    this.pool = pool;
    this.ticker = ticker;
    this.left = new AtomicInteger(count);
  }

  /**
   * Calls {@code step} with each number below {@code count}, once; the future completes when all
   * calls have returned, or fails with what one of them threw.
   *
   * @param pool its threads {@link MayBlock}
   * @param ticker tells how slow a call was
   */
  static CompletableFuture<Void> forEach(
      int count, IntConsumer step, Executor pool, Ticker ticker) {
    Spread spread = new Spread(count, step, pool, ticker);
    if (count == 0) {
      spread.done.complete(null);
    } else if (MayBlock.here()) {
      spread.work();
    } else {
      pool.execute(spread::work);
    }
    return spread.done;
  }

  private void work() {
    try {
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        long start = ticker.read();
        step.accept(i);
        if (left.decrementAndGet() == 0) {
          done.complete(null);
        } else if (ticker.read() - start > SLOW && next.get() < count) {
          pool.execute(this::work);
        }
      }
    } catch (RejectedExecutionException e) {
      // The node is closing.
      done.completeExceptionally(e);
    } catch (RuntimeException | Error e) {
      done.completeExceptionally(e);
    }
  }
}
