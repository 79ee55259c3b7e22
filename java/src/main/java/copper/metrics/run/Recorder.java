package copper.metrics.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Writes a node's profiles while it runs: the series each second, a snapshot each interval, one
 * before the end, and one after it.
 *
 * <p>Nothing is written on the timer's thread, and nothing piles up when the disk is slow: what is
 * due while the last is still being written is left out.
 */
public final class Recorder {
  private final RunDirectory directory;
  private final Series series;
  private final List<ScheduledFuture<?>> scheduled = new ArrayList<>();

  /** Makes a recorder that does nothing yet. */
  public Recorder(RunDirectory directory, Series series) {
    this.directory = directory;
    this.series = series;
  }

  /**
   * Writes from now on.
   *
   * @param interval between snapshots; zero: none
   * @param timer borrowed until {@link #beforeEnd}
   * @param executor does the writing, which blocks; borrowed as long
   */
  public void start(Duration interval, ScheduledExecutorService timer, Executor executor) {
    every(Duration.ZERO, Duration.ofSeconds(1), series::tick, timer, executor);
    if (!interval.isZero()) {
      every(interval, interval, () -> directory.writeProfile("runtime-snapshot"), timer, executor);
    }
  }

  private void every(
      Duration delay,
      Duration interval,
      Runnable task,
      ScheduledExecutorService timer,
      Executor executor) {
    AtomicBoolean busy = new AtomicBoolean();
    Runnable once =
        () -> {
          if (busy.compareAndSet(false, true)) {
            try {
              executor.execute(
                  () -> {
                    try {
                      task.run();
                    } finally {
                      busy.set(false);
                    }
                  });
            } catch (RejectedExecutionException e) {
              // The node is ending.
              busy.set(false);
            }
          }
        };
    scheduled.add(
        timer.scheduleAtFixedRate(
            once, delay.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** Writes the profile of a node that is about to end, in case it does not get through with it. */
  public void beforeEnd() {
    scheduled.forEach(task -> task.cancel(false));
    directory.writeProfile("pre-destroy");
  }

  /** Writes the last profile. */
  public void afterEnd() {
    series.finish();
    directory.writeProfile("");
  }
}
