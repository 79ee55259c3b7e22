package copper.testing;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A clock and a timer for threads that meet: any may schedule, and what is due runs on the one that
 * calls {@link #advance}, without a lock.
 */
public final class HandTimer extends AbstractExecutorService
    implements ScheduledExecutorService, Ticker {
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long now;
  private long scheduled;

  private record Event(long time, long number, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int order = Long.compare(time, other.time);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  @Override
  public synchronized long read() {
    return now;
  }

  /** Runs everything that is due up to {@code duration} from now, in order, and stops there. */
  public void advance(Duration duration) {
    long until = read() + duration.toNanos();
    for (Event event = next(until); event != null; event = next(until)) {
      event.action().run();
    }
  }

  private synchronized Event next(long until) {
    Event event = events.peek();
    if (event == null || event.time() > until) {
      now = until;
      return null;
    }
    now = Math.max(now, event.time());
    return events.remove();
  }

  /** What was scheduled cannot be cancelled: nothing is returned. */
  @Override
  public synchronized ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    events.add(new Event(now + unit.toNanos(delay), scheduled++, command));
    return null;
  }

  @Override
  public void execute(Runnable command) {
    schedule(command, 0, TimeUnit.NANOSECONDS);
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long delay, long period, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long delay, long pause, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void shutdown() {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Runnable> shutdownNow() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return false;
  }
}
