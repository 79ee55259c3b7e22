package copper.node;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.fuse.Mount;
import copper.metrics.Pending;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Looks now and then whether a mount still answers, and says once of each incident what is wrong.
 *
 * <p>Requests that wait long are a matter for the log: storage or a parent may be slow, and whoever
 * asked can be interrupted. A mount whose requests nobody reads any more hangs for ever, so its
 * node is ended. Time in which this process itself stood still counts for nothing. One thread.
 */
final class Watchdog {
  private static final Logger LOG = Logger.getLogger(Watchdog.class.getName());

  static final Duration BEAT = Duration.ofSeconds(5);

  /** A request that waits longer is an incident. */
  static final Duration LONG = Duration.ofSeconds(60);

  /** So long nobody has read requests when the node is ended. */
  static final Duration UNSERVED = Duration.ofSeconds(30);

  private final Mount mount;
  private final Supplier<String> state;
  private final Runnable end;
  private final Ticker ticker;
  private final ScheduledExecutorService timer;

  private long last;
  private long awake;
  private long served;
  private boolean waiting;
  private boolean ending;

  /**
   * Makes a watchdog that sleeps.
   *
   * @param state what the node is at, for the log
   * @param end called at most once, where the mount must go; must not block
   * @param ticker the time, as the mount's requests have it
   * @param timer runs the looks, and should do nothing else
   */
  Watchdog(
      Mount mount,
      Supplier<String> state,
      Runnable end,
      Ticker ticker,
      ScheduledExecutorService timer) {
    this.mount = mount;
    this.state = state;
    this.end = end;
    this.ticker = ticker;
    this.timer = timer;
  }

  /** Looks from now on, until the timer ends. */
  void start() {
    last = ticker.read();
    awake = last;
    served = last;
    later();
  }

  private void later() {
    try {
      timer.schedule(this::look, BEAT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.fine("the watchdog ends with its node");
    }
  }

  private void look() {
    try {
      long now = ticker.read();
      if (now - last - BEAT.toNanos() > BEAT.toNanos() / 2) {
        awake = now;
      }
      last = now;
      lookAtRequests(now);
      lookAtReaders(now);
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "the watchdog could not look", e);
    } finally {
      later();
    }
  }

  private void lookAtRequests(long now) {
    List<Pending> old =
        mount.pending().stream()
            .filter(request -> age(request.since(), now) > LONG.toNanos())
            .sorted(Comparator.comparingLong(request -> request.since() - now))
            .toList();
    if (!old.isEmpty() && !waiting) {
      LOG.warning(
          () ->
              old.get(0)
                  + " has no answer after "
                  + TimeUnit.NANOSECONDS.toSeconds(age(old.get(0).since(), now))
                  + " s"
                  + (old.size() > 1 ? ", and " + (old.size() - 1) + " more" : "")
                  + "; the node's state:\n"
                  + state.get().strip());
    } else if (old.isEmpty() && waiting) {
      LOG.info("no request waits long any more");
    }
    waiting = !old.isEmpty();
  }

  private void lookAtReaders(long now) {
    if (mount.isServed()) {
      served = now;
    } else if (!ending && age(served, now) >= UNSERVED.toNanos()) {
      ending = true;
      LOG.severe(
          () ->
              "nobody reads the kernel's requests any more; the node unmounts and ends. Its state:\n"
                  + state.get().strip());
      end.run();
    }
  }

  private long age(long since, long now) {
    return Math.min(now - since, now - awake);
  }
}
