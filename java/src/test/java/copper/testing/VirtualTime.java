package copper.testing;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A clock and an executor that run on the test's own thread, and only when the test says so: the
 * same inputs give the same order of events every time.
 */
public final class VirtualTime extends AbstractExecutorService
    implements ScheduledExecutorService, Ticker {
  private final PriorityQueue<Event<?>> events =
      new PriorityQueue<>(
          Comparator.<Event<?>>comparingLong(event -> event.time)
              .thenComparingLong(event -> event.number));
  private long now;
  private long scheduled;

  @Override
  public long read() {
    return now;
  }

  /** Runs everything that is due up to {@code duration} from now, in order, and stops there. */
  public void advance(Duration duration) {
    long until = now + duration.toNanos();
    while (!events.isEmpty() && events.peek().time <= until) {
      Event<?> event = events.poll();
      now = Math.max(now, event.time);
      event.run();
    }
    now = until;
  }

  /** Runs everything that is due now. */
  public void settle() {
    advance(Duration.ZERO);
  }

  @Override
  public void execute(Runnable command) {
    schedule(command, 0, TimeUnit.NANOSECONDS);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return schedule(
        () -> {
          command.run();
          return null;
        },
        delay,
        unit);
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    Event<V> event = new Event<>(callable, now + unit.toNanos(delay), scheduled++);
    events.add(event);
    return event;
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
  public void shutdown() {}

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
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

  private final class Event<V> extends FutureTask<V> implements ScheduledFuture<V> {
    private final long time;
    private final long number;

    private Event(Callable<V> task, long time, long number) {
      super(task);
      this.time = time;
      this.number = number;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(time - now, TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }
}
