package copper.metrics.run;

import copper.metrics.Counters;
import copper.metrics.OperationTotals;
import copper.metrics.PathStatistics;
import copper.metrics.PathTable;
import copper.metrics.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.logging.Logger;

/**
 * Writes a node's profiles and tables into the run's directory, at the end, now and then, or when
 * told to.
 *
 * <p>Methods block, and never throw: what cannot be written is worth one line in the log, and no
 * request shall fail of it. Each tells whether all was written. Any thread.
 */
public final class RunDirectory {
  static final String SUMMARY = "profiling_summary.md";
  static final String OPERATIONS = "profiling_operations.csv";
  static final String AGGREGATE = "profiling_aggregate.csv";
  static final String TOP_PATHS = "profiling_top_paths.csv";
  static final String LATENCY = "profiling_latency.csv";
  static final String NODE = "profiling_node.csv";

  private static final Logger LOG = Logger.getLogger(RunDirectory.class.getName());

  private final RunInfo info;
  private final Counters counters;
  private final CacheContents caches;

  /** Set by the first failure, so that a full disk is told of once. */
  private boolean warned;

  /** Makes the files of {@code info}'s node from {@code counters} and {@code caches}. */
  public RunDirectory(RunInfo info, Counters counters, CacheContents caches) {
    this.info = info;
    this.counters = counters;
    this.caches = caches;
  }

  /** Returns who writes, and where to. */
  public RunInfo info() {
    return info;
  }

  /**
   * Writes the profile into {@code profiling/<tag>}, and if every path was asked for, those into
   * {@code tables/<tag>}.
   *
   * @param tag such as pre-destroy; empty for the last one, which goes to {@code final}
   */
  public synchronized boolean writeProfile(String tag) {
    Profile profile = new Profile(counters, caches);
    Optional<PathStatistics> paths = counters.paths();
    boolean good = profile(tag, SUMMARY, out -> new Summary(info, paths, profile).write(out, tag));
    good &= profile(tag, OPERATIONS, profile::writeOperations);
    good &= profile(tag, AGGREGATE, profile::writeAggregate);
    good &= profile(tag, LATENCY, profile::writeLatencies);
    good &= profile(tag, NODE, this::node);
    if (!profile.topPaths().isEmpty()) {
      good &= profile(tag, TOP_PATHS, profile::writeTopPaths);
    }
    if (paths.isPresent() && paths.get().isFull()) {
      good &= all(dataEvents(tag), treeEvents(tag), metadataEvents(tag), missing(tag));
    }
    return good;
  }

  private void node(StringBuilder out) {
    out.append("key,value\n");
    out.append("host,").append(info.host()).append('\n');
    out.append("pid,").append(info.pid()).append('\n');
    out.append("address,").append(info.address()).append('\n');
    out.append("parent,").append(info.parent().orElse("")).append('\n');
    out.append("target,").append(Text.quoted(info.target())).append('\n');
    out.append("enoent_ttl_ms,").append(info.enoentTtl().toMillis()).append('\n');
  }

  /** Writes all that the caches hold, but for file data (ioctl 200). */
  public synchronized boolean cacheTables() {
    return table("cache_tables.output", out -> Tables.caches(out, caches));
  }

  /** Writes how often each operation was called (ioctl 300). */
  public synchronized boolean operationCounts() {
    return operations(
        "operation_count.output", "Aggregate Operation Counter", OperationTotals::calls);
  }

  /** Writes how long each operation took (ioctl 400). */
  public synchronized boolean operationTimes() {
    return operations(
        "operation_time.output",
        "Aggregate Operation Time (microseconds)",
        totals -> totals.nanos() / 1000);
  }

  /** Writes the cache hits of each operation (ioctl 500). */
  public synchronized boolean cacheHits() {
    return operations(
        "operation_cache_hit.output", "Aggregate Operation Cache Hit", OperationTotals::hits);
  }

  /** Writes the cache misses of each operation (ioctl 600). */
  public synchronized boolean cacheMisses() {
    return operations(
        "operation_cache_miss.output", "Aggregate Operation Cache Miss", OperationTotals::misses);
  }

  /** Writes the failures of each operation (ioctl 1700). */
  public synchronized boolean negatives() {
    return operations(
        "operation_cache_neg.output",
        "Aggregate Operation Cache Negative",
        OperationTotals::negatives);
  }

  /** Writes what was read of each file (ioctl 1100). */
  public synchronized boolean dataEvents() {
    return dataEvents("");
  }

  private boolean dataEvents(String tag) {
    return events(
        tag, "data_table_cache_event.output", "Data Cache Events", PathStatistics.Table.DATA);
  }

  /** Writes how often each directory was listed (ioctl 1200). */
  public synchronized boolean treeEvents() {
    return treeEvents("");
  }

  private boolean treeEvents(String tag) {
    return events(
        tag, "tree_table_cache_event.output", "Tree Cache Events", PathStatistics.Table.TREE);
  }

  /** Writes how often attributes of each path were asked for (ioctl 1300). */
  public synchronized boolean metadataEvents() {
    return metadataEvents("");
  }

  private boolean metadataEvents(String tag) {
    // The original's spelling.
    return events(
        tag, "md_table_cache_event.output", "Metdata Cache Events", PathStatistics.Table.METADATA);
  }

  private boolean missing(String tag) {
    PathTable rows = counters.paths().map(PathStatistics::missing).orElseGet(PathTable::empty);
    return table(tag, "md_ttl_cache_event.output", out -> Tables.missing(out, rows));
  }

  /** Writes the ioctls that were called (ioctl 2200). */
  public synchronized boolean ioctlEvents() {
    return table(
        "ioctl_cache_event.output",
        out -> Tables.ioctls(out, counters.paths().map(PathStatistics::ioctls).orElse(List.of())));
  }

  /** Writes the size of each file that is kept (ioctl 2300). */
  public synchronized boolean dataCacheSize() {
    return table("data_cache_size.output", out -> Tables.dataSizes(out, caches));
  }

  /** Writes the size of each directory that is kept (ioctl 2400). */
  public synchronized boolean treeCacheSize() {
    return table("tree_cache_size.output", out -> Tables.treeSizes(out, caches));
  }

  /** Writes the size of the attributes that are kept (ioctl 2500). */
  public synchronized boolean metadataCacheSize() {
    return table("md_cache_size.output", out -> Tables.metadataSizes(out, caches));
  }

  /** Writes all tables, and where profiles are written one of those (ioctl 2000). */
  public synchronized boolean allMetrics() {
    boolean good = all(cacheTables(), operationCounts(), operationTimes());
    good &= all(cacheHits(), cacheMisses(), negatives());
    good &= all(dataEvents(), treeEvents(), metadataEvents(), ioctlEvents());
    good &= all(dataCacheSize(), treeCacheSize(), metadataCacheSize());
    if (counters.paths().isPresent()) {
      good &= all(missing(""), writeProfile("ioctl-snapshot"));
    }
    return good;
  }

  private static boolean all(boolean... results) {
    for (boolean result : results) {
      if (!result) {
        return false;
      }
    }
    return true;
  }

  /** Writes a profile, where these are written, of what a reset is about to clear (ioctl 1900). */
  public boolean beforeReset() {
    return counters.paths().isEmpty() || writeProfile("pre-reset");
  }

  private boolean operations(String name, String title, ToLongFunction<OperationTotals> value) {
    return table(name, out -> Tables.operations(out, title, counters, value));
  }

  private boolean events(String tag, String name, String title, PathStatistics.Table which) {
    PathTable rows = counters.paths().map(paths -> paths.table(which)).orElseGet(PathTable::empty);
    return table(tag, name, out -> Tables.events(out, title, rows));
  }

  private boolean table(String name, Consumer<StringBuilder> content) {
    return table("", name, content);
  }

  private boolean table(String tag, String name, Consumer<StringBuilder> content) {
    return write(info.tables(tag).resolve(info.file(tag, name)), content);
  }

  private boolean profile(String tag, String name, Consumer<StringBuilder> content) {
    return write(info.profiles(tag).resolve(info.file(tag, name)), content);
  }

  private boolean write(Path file, Consumer<StringBuilder> content) {
    try {
      StringBuilder text = new StringBuilder();
      content.accept(text);
      Files.createDirectories(file.getParent());
      WholeFile.write(file, text);
      return true;
    } catch (IOException e) {
      if (!warned) {
        LOG.warning(
            "-log_output_dir: "
                + file
                + " cannot be written, nor perhaps others: "
                + e
                + "; the node goes on without");
      }
      warned = true;
      return false;
    }
  }
}
