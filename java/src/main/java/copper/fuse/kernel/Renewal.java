package copper.fuse.kernel;

import copper.fuse.CopperOperations;
import copper.model.RawPath;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Asks for missing names anew in the kernel's place.
 *
 * <p>A program that starts looks for hundreds of names where they are missing, and so does the next
 * one like it. When their time to live is over, the kernel would ask for each of them, and each
 * program wait for each answer. So it is told to remember them for longer, those of which their
 * directory tells; before their time is over the names of all those directories are asked for in
 * one call, and the kernel is told to forget what has appeared. Nothing is asked while the kernel
 * has no such names. Safe on any thread.
 */
final class Renewal {
  private final CopperOperations operations;
  private final Timeouts timeouts;
  private final MissingNames missing;
  private final Notifications notifications;
  private final ScheduledExecutorService timer;
  private final Executor executor;
  private final AtomicBoolean running = new AtomicBoolean();

  /**
   * Makes the renewal of a mount; all of it is borrowed.
   *
   * @param timer says when it is time
   * @param executor runs what asks
   */
  Renewal(
      CopperOperations operations,
      Timeouts timeouts,
      MissingNames missing,
      Notifications notifications,
      ScheduledExecutorService timer,
      Executor executor) {
    this.operations = operations;
    this.timeouts = timeouts;
    this.missing = missing;
    this.notifications = notifications;
    this.timer = timer;
    this.executor = executor;
  }

  /**
   * Notes that the kernel is told that {@code path}, in {@code directory}, is missing; returns for
   * how long.
   */
  Duration add(Node directory, RawPath path) {
    boolean renewed = timeouts.renews() && operations.lacks(path);
    Duration told = missing.add(directory, path, renewed);
    if (renewed) {
      begin();
    }
    return told;
  }

  private void begin() {
    if (running.compareAndSet(false, true)) {
      waitAndRenew();
    }
  }

  /** A quarter of the time to live is left for the answer. */
  private void waitAndRenew() {
    timer.schedule(
        () -> executor.execute(this::renew),
        timeouts.missing().toNanos() / 4 * 3,
        TimeUnit.NANOSECONDS);
  }

  private void renew() {
    Set<RawPath> names = missing.renewed();
    if (names.isEmpty()) {
      running.set(false);
      if (!missing.renewed().isEmpty()) {
        begin();
      }
      return;
    }
    CompletableFuture.completedFuture(names)
        .thenCompose(operations::appeared)
        .whenComplete(
            (appeared, failure) -> {
              if (failure == null && !appeared.isEmpty()) {
                notifications.appeared(appeared);
              }
              waitAndRenew();
            });
  }
}
