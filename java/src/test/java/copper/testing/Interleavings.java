package copper.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jetbrains.lincheck.Lincheck;

/**
 * Tries a piece of code in many orders of its threads' steps: chosen by Lincheck's model checker,
 * or as they come where threads meet often.
 */
public final class Interleavings {
  private static final int ORDERS = 25;

  /** How often a thread looks for the others before it lets go of its processor. */
  private static final int PATIENCE = 1_000;

  private Interleavings() {}

  /** Runs {@code scenario} again and again; it starts its threads with {@link #together}. */
  public static void tryMany(Runnable scenario) {
    Lincheck.runConcurrentTest(ORDERS, scenario);
  }

  /** What happens at the same moment, and what has to be so afterwards. */
  public interface Meeting {
    /** Returns what each thread does. */
    List<Runnable> actions();

    /** Fails if something is wrong. */
    void check();
  }

  /**
   * Has threads meet {@code times} times, as close together as the machine allows: for bugs whose
   * moment is too short for the few orders of {@link #tryMany}.
   */
  public static void meetOften(int times, Supplier<Meeting> meetings) {
    ExecutorService pool = Executors.newCachedThreadPool();
    try {
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < times; i++) {
        Meeting meeting = meetings.get();
        List<Runnable> actions = meeting.actions();
        AtomicInteger missing = new AtomicInteger(actions.size());
        List<Future<?>> ends = new ArrayList<>();
        for (Runnable action : actions) {
          int delay = random.nextInt(100);
          ends.add(pool.submit(() -> meet(missing, delay, action)));
        }
        for (Future<?> end : ends) {
          end.get(1, TimeUnit.MINUTES);
        }
        meeting.check();
      }
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    } finally {
      pool.shutdownNow();
    }
  }

  private static void meet(AtomicInteger missing, int delay, Runnable action) {
    missing.decrementAndGet();
    for (int i = 0; missing.get() > 0; i++) {
      if (i < PATIENCE) {
        Thread.onSpinWait();
      } else {
        // There may be more threads than processors.
        LockSupport.parkNanos(1);
      }
    }
    for (int i = 0; i < delay; i++) {
      Thread.onSpinWait();
    }
    action.run();
  }

  /** Runs all of them, each in a thread of its own; throws what one of them threw. */
  public static void together(Runnable... actions) {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (Runnable action : actions) {
      Thread thread = new Thread(action);
      thread.setUncaughtExceptionHandler((which, thrown) -> failure.set(thrown));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }
}
