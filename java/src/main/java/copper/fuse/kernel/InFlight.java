package copper.fuse.kernel;

import copper.metrics.Pending;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The requests that are being answered, so that an interrupt finds the one it is meant for.
 *
 * <p>Threads read requests and interrupts in any order: an interrupt that comes before its request
 * is kept for it. Safe on any thread.
 */
final class InFlight {
  /** An interrupt and its request are read within this time of each other, by far. */
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Map<Long, Request> requests = new ConcurrentHashMap<>();

  /**
   * Numbers of requests that were interrupted before they were added, or after they were answered,
   * with the time of the interrupt.
   */
  private final Map<Long, Long> early = new HashMap<>();

  private volatile boolean anyEarly;

  /** Adds a request; false if it has been interrupted already. */
  boolean add(Request request) {
    request.device().await();
    requests.put(request.unique(), request);
    if (!anyEarly) {
      return true;
    }
    synchronized (early) {
      boolean interrupted = early.remove(request.unique()) != null;
      long now = System.nanoTime();
      early.values().removeIf(time -> now - time > LONGEST_NANOS);
      anyEarly = !early.isEmpty();
      return !interrupted;
    }
  }

  /** Removes a request that has been answered. */
  void remove(Request request) {
    requests.remove(request.unique(), request);
    request.device().answered();
  }

  /** Returns the request with that number, or null, and then keeps the interrupt for it. */
  Request interrupted(long unique) {
    Request request = requests.get(unique);
    if (request == null) {
      synchronized (early) {
        early.put(unique, System.nanoTime());
        anyEarly = true;
      }
      request = requests.get(unique);
    }
    return request;
  }

  /** Returns those that are being answered, in no order. */
  List<Pending> pending() {
    return requests.values().stream().map(Request::pending).toList();
  }

  int size() {
    return requests.size();
  }
}
