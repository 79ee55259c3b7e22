package copper.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.Lincheck;

/**
 * Tries a piece of code in many orders of its threads' steps, chosen by Lincheck's model checker.
 */
public final class Interleavings {
  private static final int ORDERS = 25;

  private Interleavings() {}

  /** Runs {@code scenario} again and again; it starts its threads with {@link #together}. */
  public static void tryMany(Runnable scenario) {
    Lincheck.runConcurrentTest(ORDERS, scenario);
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
