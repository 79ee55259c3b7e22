package copper.metrics.run;

import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.OperationStats;
import copper.metrics.OperationTotals;
import copper.metrics.PathStatistics;
import copper.metrics.PathTable;
import copper.model.RawPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * One reading of all that a node has measured, and its CSV files: names and columns of C++ Copper
 * (src/metric/profiling.cpp), and two of our own.
 *
 * <p>All files of a report are made from one reading, so that they agree with each other.
 */
final class Profile {
  static final String AGGREGATE_HEAD = "metric,value\n";
  static final String TOP_PATHS_HEAD =
      "category,path,total_events,cache_hits,cache_misses,negative_results,"
          + "ttl_stores,ttl_serves,ttl_expires,ttl_clears\n";
  static final String LATENCY_HEAD = "layer,operation,calls,total_us,max_us,histogram_ns\n";

  private final SortedMap<String, OperationTotals> operations = new TreeMap<>();
  private final SortedMap<Operation, AbstractHistogram> latencies = new TreeMap<>();
  private final Map<String, String> aggregate = new LinkedHashMap<>();
  private final Map<String, List<PathTable.Row>> topPaths = new LinkedHashMap<>();
  private final OperationTotals requests;

  /** Reads {@code counters} and what the caches hold. */
  Profile(Counters counters, CacheContents caches) {
    counters
        .totals()
        .forEach(
            (operation, totals) -> {
              if (operation.layer() == Operation.Layer.FUSE && totals.calls() > 0) {
                operations.put(operation.name(), totals);
              }
            });
    requests = operations.values().stream().reduce(OperationTotals.NONE, OperationTotals::plus);
    for (Map.Entry<Operation, OperationStats> entry : counters.operations().entrySet()) {
      AbstractHistogram latency = entry.getValue().latency();
      if (latency.getTotalCount() > 0) {
        latencies.put(entry.getKey(), latency);
      }
    }
    readAggregate(counters, caches);
    counters.paths().filter(paths -> paths.topN() > 0).ifPresent(this::readTopPaths);
  }

  private void readAggregate(Counters counters, CacheContents caches) {
    Optional<PathStatistics> paths = counters.paths();
    put("total_counted_fuse_operations", requests.calls());
    put("total_cache_hits", requests.hits());
    put("total_cache_misses", requests.misses());
    put("total_negative_results", requests.negatives());
    put("estimated_cache_served_operations_saved_by_copper", requests.hits());
    put("metadata_enoent_ttl_stores", missing(paths, PathStatistics.Missing.STORE));
    put("metadata_enoent_ttl_serves", missing(paths, PathStatistics.Missing.SERVE));
    put("metadata_enoent_ttl_expires", missing(paths, PathStatistics.Missing.EXPIRE));
    put(
        "metadata_enoent_ttl_clears_on_success_or_non_enoent",
        missing(paths, PathStatistics.Missing.CLEAR));
    put(
        "estimated_repeated_metadata_lookups_avoided_by_ttl",
        missing(paths, PathStatistics.Missing.SERVE));
    aggregate.put("total_measured_latency_seconds", seconds(requests.seconds()));
    for (Counter counter : Counter.values()) {
      put(counter.key(), counters.get(counter));
    }
    Set<RawPath> files = new HashSet<>();
    long[] bytes = new long[1];
    caches.forEachFile(
        (path, length) -> {
          files.add(path);
          bytes[0] += length;
        });
    put("data_cache_files", files.size());
    put("data_cache_bytes", bytes[0]);
    Set<RawPath> directories = new HashSet<>();
    caches.forEachDirectory((path, listing) -> directories.add(path));
    put("tree_cache_entries", directories.size());
    LongAdder stats = new LongAdder();
    caches.forEachStat((path, stat) -> stats.increment());
    put("metadata_cache_entries", stats.sum());
  }

  private void put(String metric, long value) {
    aggregate.put(metric, Long.toString(value));
  }

  private static long missing(Optional<PathStatistics> paths, PathStatistics.Missing what) {
    return paths.map(statistics -> statistics.total(what)).orElse(0L);
  }

  private void readTopPaths(PathStatistics paths) {
    int n = paths.topN();
    topPaths.put("metadata", paths.table(PathStatistics.Table.METADATA).top(n));
    topPaths.put("data", paths.table(PathStatistics.Table.DATA).top(n));
    topPaths.put("tree", paths.table(PathStatistics.Table.TREE).top(n));
    topPaths.put("metadata_ttl", paths.missing().top(n));
  }

  /** Returns the kernel's requests, by operation, without those that never came. */
  SortedMap<String, OperationTotals> operations() {
    return operations;
  }

  /** Returns the sum over all of them. */
  OperationTotals requests() {
    return requests;
  }

  /** Returns the value of an aggregate metric. */
  String aggregate(String metric) {
    return aggregate.get(metric);
  }

  /** Returns the most used paths by category; nothing if they were not asked for. */
  Map<String, List<PathTable.Row>> topPaths() {
    return topPaths;
  }

  void writeOperations(StringBuilder out) {
    OperationRows.csv(out, operations);
  }

  void writeAggregate(StringBuilder out) {
    out.append(AGGREGATE_HEAD);
    aggregate.forEach((metric, value) -> out.append(metric).append(',').append(value).append('\n'));
  }

  void writeTopPaths(StringBuilder out) {
    out.append(TOP_PATHS_HEAD);
    topPaths.forEach((category, rows) -> rows.forEach(row -> writeRow(out, category, row)));
  }

  private static void writeRow(StringBuilder out, String category, PathTable.Row row) {
    boolean missing = category.equals("metadata_ttl");
    out.append(category).append(',').append(Text.quoted(row.path()));
    out.append(',').append(row.total());
    List<Long> columns = new ArrayList<>();
    for (long count : row.counts()) {
      columns.add(count);
    }
    if (missing) {
      columns.addAll(0, List.of(0L, 0L, 0L));
    } else {
      columns.addAll(List.of(0L, 0L, 0L, 0L));
    }
    columns.forEach(count -> out.append(',').append(count));
    out.append('\n');
  }

  /**
   * Writes how long operations took on every layer: the histogram as pairs of an upper bound and a
   * count, which can be added to those of other nodes.
   */
  void writeLatencies(StringBuilder out) {
    out.append(LATENCY_HEAD);
    latencies.forEach(
        (operation, latency) -> {
          out.append(operation.layer().name().toLowerCase(Locale.ROOT));
          out.append(',').append(operation.name()).append(',').append(latency.getTotalCount());
          double total = latency.getMean() * latency.getTotalCount() / 1000;
          out.append(',').append(micros(total));
          out.append(',').append(micros(latency.getMaxValue() / 1000.0)).append(',');
          String separator = "";
          for (HistogramIterationValue value : latency.recordedValues()) {
            out.append(separator).append(value.getValueIteratedTo()).append(':');
            out.append(value.getCountAddedInThisIterationStep());
            separator = " ";
          }
          out.append('\n');
        });
  }

  static String micros(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  static String seconds(double value) {
    return String.format(Locale.ROOT, "%.6f", value);
  }
}
