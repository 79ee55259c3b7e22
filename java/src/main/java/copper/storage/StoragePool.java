package copper.storage;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;

/**
 * The threads that wait for storage, started as they are needed and ended when they are not.
 *
 * <p>A fork-join pool, because it wakes the thread that became idle last: with a pool that wakes
 * the one idle longest, a few requests a time keep every thread's stack and scratch memory in use.
 * Tasks run in the order they came.
 */
public final class StoragePool implements Executor, AutoCloseable {
  private static final int IDLE_SECONDS = 10;

  private final ForkJoinPool pool;

  /** Makes a pool of at most {@code threads}, which is the number of storage calls at once. */
  public StoragePool(int threads) {
    pool =
        new ForkJoinPool(
            threads,
            Worker::new,
            null,
            true,
            0,
            threads,
            0,
            saturated -> true,
            IDLE_SECONDS,
            TimeUnit.SECONDS);
  }

  private static final class Worker extends ForkJoinWorkerThread implements MayBlock {
    private Worker(ForkJoinPool pool) {
      super(pool);
      setName("copper-storage-" + getPoolIndex());
    }
  }

  /**
   * Runs {@code task} on one of the threads.
   *
   * @throws java.util.concurrent.RejectedExecutionException if the pool is closed
   */
  @Override
  public void execute(Runnable task) {
    pool.execute(task);
  }

  /** Refuses further tasks, drops those that wait, and interrupts those that run. */
  @Override
  public void close() {
    pool.shutdownNow();
  }
}
