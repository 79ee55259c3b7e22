package copper.cache;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Sees to it that file data which nobody uses any more is freed before there is too much of it.
 *
 * <p>It lies in direct buffers, which belong to the garbage collector so that no reader ever sees
 * one freed or used anew. But the collector looks at the heap alone, where such a buffer is some
 * dozen bytes, and might not run for hours. So memory outside the heap is compared with what is
 * kept, and a collection asked for when the difference is too large. It takes some milliseconds:
 * the heap is small. Safe on any thread; cheap but for that.
 */
final class Reclaimer {
  private final LongSupplier used;
  private final LongSupplier kept;
  private final Runnable collection;
  private final long bound;
  private final long step;
  private final Executor executor;
  private final AtomicBoolean busy = new AtomicBoolean();

  /** Below so many bytes in use there is no need to look closer. */
  private volatile long next;

  /** The fewest bytes in use since the last collection; what it found is freed a little later. */
  private volatile long lowest;

  /**
   * Makes a reclaimer.
   *
   * @param kept returns the bytes that are kept
   * @param others the most bytes of file data in use beyond these
   * @param garbage the most bytes that are not in use any more
   * @param executor runs collections; its tasks may take some time
   */
  Reclaimer(LongSupplier kept, long others, long garbage, Executor executor) {
    this(directMemory(), kept, others, garbage, executor, System::gc);
  }

  Reclaimer(
      LongSupplier used,
      LongSupplier kept,
      long others,
      long garbage,
      Executor executor,
      Runnable collection) {
    this.used = used;
    this.kept = kept;
    this.bound = others + garbage;
    this.step = garbage / 4 * 3;
    this.executor = executor;
    this.collection = collection;
    this.lowest = used.getAsLong();
  }

  private static LongSupplier directMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .findFirst()
        .<LongSupplier>map(pool -> pool::getMemoryUsed)
        .orElse(() -> 0);
  }

  /** Looks whether there is too much to free. */
  void look() {
    long now = used.getAsLong();
    if (now < lowest) {
      lowest = now;
    }
    // What is in use after a collection is being served; the next one waits until there is more.
    if (now < next || now - lowest < step || !busy.compareAndSet(false, true)) {
      return;
    }
    long excess = now - kept.getAsLong();
    if (excess < bound) {
      next = now + bound - excess;
      busy.set(false);
      return;
    }
    try {
      executor.execute(this::collect);
    } catch (RejectedExecutionException e) {
      // The node is closing.
      busy.set(false);
    }
  }

  private void collect() {
    try {
      collection.run();
    } finally {
      next = 0;
      lowest = used.getAsLong();
      busy.set(false);
    }
  }
}
