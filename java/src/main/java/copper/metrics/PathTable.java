package copper.metrics;

import copper.model.RawPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Some counts for each path, of a bounded number of paths.
 *
 * <p>When there are too many, those with the lowest sums are dropped, and how often is counted. A
 * path that comes back starts from zero, so a count is never too high. Any thread.
 */
public final class PathTable {
  private final int kept;
  private final int columns;
  private final Map<RawPath, AtomicLongArray> counts = new ConcurrentHashMap<>();
  private final AtomicBoolean pruning = new AtomicBoolean();
  private final LongAdder dropped = new LongAdder();

  /**
   * A path and its counts.
   *
   * @param counts one for each column; the reader's own
   */
  @SuppressWarnings("ArrayRecordComponent") // Rows are read and thrown away, never compared.
  public record Row(RawPath path, long[] counts) {
    /** Returns the sum of the counts. */
    public long total() {
      long sum = 0;
      for (long count : counts) {
        sum += count;
      }
      return sum;
    }
  }

  /**
   * Makes an empty table.
   *
   * @param kept how many paths survive when there are a quarter more
   * @param columns how many counts a path has
   */
  PathTable(int kept, int columns) {
    this.kept = kept;
    this.columns = columns;
  }

  /** Returns a table of nothing. */
  public static PathTable empty() {
    return new PathTable(0, 0);
  }

  /** Adds one to a count of {@code path}. */
  void add(RawPath path, int column) {
    of(path).incrementAndGet(column);
  }

  /** Returns the counts of {@code path}, to be added to. */
  AtomicLongArray of(RawPath path) {
    AtomicLongArray present = counts.get(path);
    if (present == null) {
      present = counts.computeIfAbsent(path, name -> new AtomicLongArray(columns));
      if (counts.size() > kept + kept / 4) {
        prune();
      }
    }
    return present;
  }

  /** Returns the counts of {@code path}; null if there are none. */
  AtomicLongArray find(RawPath path) {
    return counts.get(path);
  }

  private void prune() {
    if (pruning.compareAndSet(false, true)) {
      try {
        List<Row> rows = top(Integer.MAX_VALUE);
        for (Row row : rows.subList(Math.min(kept, rows.size()), rows.size())) {
          counts.remove(row.path());
          dropped.increment();
        }
      } finally {
        pruning.set(false);
      }
    }
  }

  /** Returns the {@code n} paths with the highest sums, highest first, equal ones by name. */
  public List<Row> top(int n) {
    List<Row> rows = new ArrayList<>(counts.size());
    counts.forEach(
        (path, values) -> {
          long[] copy = new long[columns];
          for (int i = 0; i < columns; i++) {
            copy[i] = values.get(i);
          }
          rows.add(new Row(path, copy));
        });
    rows.sort(Comparator.comparingLong(Row::total).reversed().thenComparing(Row::path));
    return rows.size() > n ? rows.subList(0, n) : rows;
  }

  /** Returns how often a path was dropped for want of space. */
  public long dropped() {
    return dropped.sum();
  }

  /** Forgets all paths. */
  void clear() {
    counts.clear();
    dropped.reset();
  }
}
