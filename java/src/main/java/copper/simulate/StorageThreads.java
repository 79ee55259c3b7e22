package copper.simulate;

import copper.storage.MayBlock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/**
 * A root's threads that wait for storage, in virtual time.
 *
 * <p>They are threads, since the code that runs on them waits; but at any time either one of them
 * runs or the thread of the events, which goes on when they wait. Close it when the events are
 * over.
 */
final class StorageThreads implements Executor, AutoCloseable {
  private final VirtualTime time;
  private final int most;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final Deque<Worker> idle = new ArrayDeque<>();
  private final Deque<Worker> all = new ArrayDeque<>();
  private final Semaphore turn = new Semaphore(0);
  private Throwable failure;
  private boolean closed;

  /** Makes a pool of at most {@code most} threads. */
  StorageThreads(VirtualTime time, int most) {
    this.time = time;
    this.most = most;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    Worker free = idle.poll();
    if (free == null && all.size() < most) {
      free = new Worker();
      all.add(free);
      free.start();
    }
    if (free != null) {
      Worker chosen = free;
      time.at(time.read(), chosen::goOn);
    }
  }

  /**
   * Returns at {@code until}, in ns.
   *
   * @throws IllegalStateException if the current thread is none of a pool's
   */
  static void waitUntil(long until) {
    if (!(Thread.currentThread() instanceof Worker worker)) {
      throw new IllegalStateException("only a storage thread waits for storage");
    }
    worker.waitUntil(until);
  }

  @Override
  public void close() {
    closed = true;
    all.forEach(worker -> worker.go.release());
  }

  private final class Worker extends Thread implements MayBlock {
    private final Semaphore go = new Semaphore(0);

    private Worker() {
      super("copper-virtual-storage");
      setDaemon(true);
    }

    /** Has this thread run until it waits; on the thread of the events. */
    private void goOn() {
      go.release();
      turn.acquireUninterruptibly();
      if (failure != null) {
        throw new IllegalStateException("a storage thread failed: " + failure, failure);
      }
    }

    /** Has the thread of the events run until it resumes this one. */
    private void standBy() {
      turn.release();
      go.acquireUninterruptibly();
    }

    private void waitUntil(long until) {
      time.at(until, this::goOn);
      standBy();
    }

    @Override
    public void run() {
      go.acquireUninterruptibly();
      while (!closed) {
        Runnable task = tasks.poll();
        if (task == null) {
          idle.push(this);
          standBy();
        } else {
          try {
            task.run();
          } catch (RuntimeException | Error e) {
            failure = e;
          }
        }
      }
    }
  }
}
