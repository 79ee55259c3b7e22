package copper.simulate;

import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A virtual time for threads that meet: any may schedule, and what is due runs on the one that
 * calls {@link #advance}, without a lock.
 */
public final class SharedTime extends VirtualTime {
  @Override
  public synchronized long read() {
    return super.read();
  }

  @Override
  synchronized Runnable next(long until) {
    return super.next(until);
  }

  @Override
  public synchronized void execute(Runnable command) {
    super.execute(command);
  }

  @Override
  public synchronized <V> ScheduledFuture<V> schedule(
      Callable<V> callable, long delay, TimeUnit unit) {
    return super.schedule(callable, delay, unit);
  }
}
