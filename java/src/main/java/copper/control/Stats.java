package copper.control;

import copper.codec.TreeReport;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.store.CooperativeStore;
import copper.store.Usage;
import copper.tree.AddressBook.Entry;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What a node counts and how full its caches are, now. */
public final class Stats implements TreeCast.Step {
  private final Entry self;
  private final Counters counters;
  private final CooperativeStore store;
  private final Supplier<Map<String, Long>> more;

  /**
   * Makes the command.
   *
   * @param more further numbers, such as latencies and memory
   */
  public Stats(
      Entry self, Counters counters, CooperativeStore store, Supplier<Map<String, Long>> more) {
    this.self = self;
    this.counters = counters;
    this.store = store;
    this.more = more;
  }

  @Override
  public CompletableFuture<TreeReport> here(ByteBuffer body) {
    Map<String, Long> values = new LinkedHashMap<>();
    for (Counter counter : Counter.values()) {
      values.put(counter.key(), counters.get(counter));
    }
    put(values, "attributes", store.attributes());
    put(values, "directories", store.directories());
    put(values, "files", store.wholeFiles());
    put(values, "chunks", store.chunks());
    values.putAll(more.get());
    return CompletableFuture.completedFuture(
        TreeReport.of(
            List.of(new TreeReport.Numbers(self.host(), self.address(), values)), List.of()));
  }

  private static void put(Map<String, Long> values, String name, Usage usage) {
    values.put("cached_" + name, usage.answers());
    values.put("cached_" + name + "_bytes", usage.bytes());
    values.put("cached_" + name + "_limit_bytes", usage.maximumBytes());
  }
}
