package copper.metrics;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Calls that block, for as long as they do. Any thread. */
public final class PendingCalls {
  private final Set<Pending> calls = ConcurrentHashMap.newKeySet();

  /** Executes {@code call}, which is among the pending meanwhile. */
  public <T> T during(Pending pending, Supplier<T> call) {
    calls.add(pending);
    try {
      return call.get();
    } finally {
      calls.remove(pending);
    }
  }

  /** Returns those that have not ended, in no order. */
  public List<Pending> all() {
    return List.copyOf(calls);
  }
}
