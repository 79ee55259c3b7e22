package copper.simulate;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A clock and an executor whose events run one after the other, and only on the thread that calls
 * {@link #run} or {@link #advance}: the same inputs give the same order of events every time. What
 * is due at the same time runs in the order in which it was scheduled.
 */
public class VirtualTime extends AbstractExecutorService
    implements ScheduledExecutorService, Ticker {
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long now;
  private long scheduled;
  private long done;

  private record Event(long time, long number, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int order = Long.compare(time, other.time);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  /** Returns the time, in ns from 0 on. */
  @Override
  public long read() {
    return now;
  }

  /** Has {@code action} run at {@code time}, in ns, which is not past. */
  void at(long time, Runnable action) {
    if (time < now) {
      throw new IllegalArgumentException("at " + now + " it is too late for " + time);
    }
    events.add(new Event(time, scheduled++, action));
  }

  /**
   * Runs all events, and those they schedule, until there is none left, or {@code goOn} is false:
   * nodes that look after each other do so for ever.
   */
  void run(BooleanSupplier goOn) {
    while (!events.isEmpty() && goOn.getAsBoolean()) {
      take().run();
    }
  }

  /** Runs everything that is due up to {@code duration} from now, in order, and stops there. */
  public void advance(Duration duration) {
    long until = read() + duration.toNanos();
    for (Runnable next = next(until); next != null; next = next(until)) {
      next.run();
    }
  }

  /** Takes what is due next up to {@code until}, which becomes the time if nothing is: null. */
  Runnable next(long until) {
    if (events.isEmpty() || events.peek().time() > until) {
      now = until;
      return null;
    }
    return take();
  }

  /** Runs everything that is due now. */
  public void settle() {
    advance(Duration.ZERO);
  }

  private Runnable take() {
    Event event = events.remove();
    now = event.time();
    done++;
    return event.action();
  }

  /** Returns how many events have run. */
  long events() {
    return done;
  }

  @Override
  public void execute(Runnable command) {
    at(now, command);
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
    Timed<V> timed = new Timed<>(callable, now + unit.toNanos(delay));
    at(timed.time, timed);
    return timed;
  }

  private final class Timed<V> extends FutureTask<V> implements ScheduledFuture<V> {
    private final long time;

    private Timed(Callable<V> task, long time) {
      super(task);
      this.time = time;
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

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long delay, long period, TimeUnit unit) {
    throw new UnsupportedOperationException("nothing here is repeated for ever");
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long delay, long pause, TimeUnit unit) {
    throw new UnsupportedOperationException("nothing here is repeated for ever");
  }

  @Override
  public void shutdown() {
    events.clear();
  }

  @Override
  public List<Runnable> shutdownNow() {
    List<Runnable> left = events.stream().map(Event::action).toList();
    events.clear();
    return left;
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
