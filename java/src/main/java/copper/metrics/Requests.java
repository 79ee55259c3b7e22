package copper.metrics;

import copper.metrics.jfr.MissEvent;
import copper.model.Errno;
import copper.model.RawPath;
import copper.model.Reply;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Measures the kernel's requests of one kind, and tells what the cache answered from what it did
 * not.
 *
 * <p>An answer is the cache's if it is there when the question returns and the thread has not
 * called storage for it. That is all a request that hits costs: two looks at the clock and some
 * additions. Any thread; nothing blocks.
 */
public final class Requests {
  private final Counters counters;
  private final Counter counter;
  private final Operation operation;
  private final OperationStats stats;
  private final Optional<PathStatistics> paths;

  /**
   * Makes the measure.
   *
   * @param counter is incremented by each request
   */
  public Requests(Counters counters, Counter counter, Operation operation) {
    this.counters = counters;
    this.counter = counter;
    this.operation = operation;
    this.stats = counters.of(operation);
    this.paths = counters.paths();
  }

  /** Asks {@code question} about {@code path}, and records when and how it is answered. */
  public <T> CompletableFuture<Reply<T>> measure(
      RawPath path, Supplier<CompletableFuture<Reply<T>>> question) {
    counters.increment(counter);
    long storageCalls = counters.storageCallsHere();
    long start = counters.now();
    CompletableFuture<Reply<T>> answer = question.get();
    if (answer.isDone() && !answer.isCompletedExceptionally()) {
      boolean fromCache = counters.storageCallsHere() == storageCalls;
      record(path, answer.join(), fromCache, start);
      return answer;
    }
    MissEvent event = new MissEvent();
    event.begin();
    return answer.whenComplete(
        (reply, failure) -> {
          record(path, failure == null ? reply : Reply.failure(Errno.EIO), false, start);
          if (event.shouldCommit()) {
            event.operation = operation.name();
            event.path = path.toString();
            event.commit();
          }
        });
  }

  private <T> void record(RawPath path, Reply<T> reply, boolean fromCache, long start) {
    Outcome outcome =
        operation.equals(Operation.IOCTL) ? Outcome.DONE : Outcome.of(reply.ok(), fromCache);
    stats.record(outcome, counters.now() - start);
    if (outcome.isFromCache()) {
      counters.increment(Counter.FUSE_FROM_CACHE);
    }
    if (paths.isPresent()) {
      record(paths.get(), path, reply, outcome);
    }
  }

  private <T> void record(
      PathStatistics statistics, RawPath path, Reply<T> reply, Outcome outcome) {
    if (operation.equals(Operation.READ) || operation.equals(Operation.STORE)) {
      statistics.record(PathStatistics.Table.DATA, path, outcome);
    } else if (operation.equals(Operation.READDIR)) {
      statistics.record(PathStatistics.Table.TREE, path, outcome);
    } else if (operation.equals(Operation.GETATTR)) {
      statistics.record(PathStatistics.Table.METADATA, path, outcome);
      if (reply.ok()) {
        statistics.recordThere(path);
      } else if (reply.errno() == Errno.ENOENT) {
        statistics.recordMissing(path, outcome.isFromCache());
      }
    }
  }

  /** Notes an ioctl on {@code path}, where that is asked for. */
  public void noteIoctl(RawPath path, int code) {
    paths.ifPresent(statistics -> statistics.recordIoctl(path, code));
  }
}
