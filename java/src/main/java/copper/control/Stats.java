package copper.control;

import copper.codec.TreeReport;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.OperationStats;
import copper.metrics.OperationTotals;
import copper.store.CooperativeStore;
import copper.store.Fill;
import copper.store.ServedBy;
import copper.tree.AddressBook.Entry;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.HdrHistogram.AbstractHistogram;

/** What a node counts and how full its caches are, now. */
public final class Stats implements TreeCast.Step {
  /** The bytes that both together may take. */
  static final String DATA_LIMIT = "cached_data_limit_bytes";

  /** What the name begins with that tells who answers the node: its role and address follow. */
  public static final String SERVED_BY = "served_by ";

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
    putServedBy(values, store.servedBy());
    putFill(values, store.fill());
    putOperations(values);
    values.putAll(more.get());
    return CompletableFuture.completedFuture(
        TreeReport.of(
            List.of(new TreeReport.Numbers(self.host(), self.address(), values)), List.of()));
  }

  /** A report has names and numbers, so the address is in the name and the number is the time. */
  private static void putServedBy(Map<String, Long> values, ServedBy by) {
    String role = by.role().word();
    values.put(
        SERVED_BY + by.address().map(address -> role + " " + address).orElse(role),
        by.since().toSeconds());
  }

  private static void putFill(Map<String, Long> values, Fill fill) {
    values.put("cached_attributes", fill.attributes());
    values.put("cached_directories", fill.directories());
    values.put("cached_files", fill.files());
    values.put("cached_chunks", fill.chunks());
    values.put("cached_metadata_bytes", fill.metadataBytes());
    values.put("cached_data_bytes", fill.dataBytes());
    values.put(DATA_LIMIT, fill.dataLimit());
  }

  /** Puts how often and how fast each operation was done, and the kernel's requests together. */
  private void putOperations(Map<String, Long> values) {
    AbstractHistogram requests = null;
    for (Map.Entry<Operation, OperationStats> entry : counters.operations().entrySet()) {
      Operation operation = entry.getKey();
      AbstractHistogram latency = entry.getValue().latency();
      if (latency.getTotalCount() == 0) {
        continue;
      }
      OperationTotals totals = entry.getValue().totals();
      String name = operation.layer().name().toLowerCase(Locale.ROOT) + "_" + operation.name();
      values.put(name + "_calls", totals.calls());
      if (operation.layer() == Operation.Layer.FUSE) {
        values.put(name + "_hits", totals.hits());
        values.put(name + "_misses", totals.misses());
        values.put(name + "_negatives", totals.negatives());
        if (requests == null) {
          requests = latency.copy();
        } else {
          requests.add(latency);
        }
      }
      putTimes(values, name, latency);
    }
    if (requests != null) {
      putTimes(values, "fuse", requests);
    }
  }

  private static void putTimes(Map<String, Long> values, String name, AbstractHistogram latency) {
    values.put(name + "_p50_us", latency.getValueAtPercentile(50) / 1000);
    values.put(name + "_p99_us", latency.getValueAtPercentile(99) / 1000);
  }
}
