package copper.it;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what happens in another process. */
final class Wait {
  private static final long PAUSE_MS = 20;

  private Wait() {}

  /**
   * Returns true as soon as {@code condition} holds, false if it never did within {@code limit}.
   */
  static boolean until(Duration limit, BooleanSupplier condition) {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      pause();
    }
    return true;
  }

  @SuppressWarnings("ThreadSleep")
  private static void pause() {
    try {
      Thread.sleep(PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
