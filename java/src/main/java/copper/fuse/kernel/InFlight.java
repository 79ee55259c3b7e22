package copper.fuse.kernel;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The requests that are being answered, so that an interrupt finds the one it is meant for.
 *
 * <p>Threads read requests and interrupts in any order: an interrupt that comes before its request
 * is kept for it. Safe on any thread.
 */
final class InFlight {
  /** Interrupts whose requests had been answered already are among them; the oldest go first. */
  private static final int MOST_EARLY = 256;

  private final Map<Long, Request> requests = new ConcurrentHashMap<>();

  /** Numbers of requests that were interrupted before they were added. */
  private final Set<Long> early =
      Collections.newSetFromMap(
          new LinkedHashMap<Long, Boolean>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
              return size() > MOST_EARLY;
            }
          });

  private volatile boolean anyEarly;

  /** Adds a request; false if it has been interrupted already. */
  boolean add(Request request) {
    request.device().await();
    requests.put(request.unique(), request);
    if (!anyEarly) {
      return true;
    }
    synchronized (early) {
      boolean interrupted = early.remove(request.unique());
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
        early.add(unique);
        anyEarly = true;
      }
      request = requests.get(unique);
    }
    return request;
  }

  int size() {
    return requests.size();
  }
}
