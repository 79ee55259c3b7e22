package copper.metrics;

import copper.model.RawPath;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * What was asked for, by path: C++ Copper's cache events, and the life of missing names.
 *
 * <p>Costs some tenths of a microsecond for each request, and memory for each path; it is there
 * only with {@code -profile_metrics} and the flags that imply it. Any thread.
 */
public final class PathStatistics {
  /** The tables of C++ Copper (src/metric/cache_event.h). */
  public enum Table {
    /** Attributes. */
    METADATA,
    /** File data. */
    DATA,
    /** Directories. */
    TREE
  }

  /** What happens to a name that is missing, in the order of its columns. */
  public enum Missing {
    /** It was asked for, and is remembered as missing from now on. */
    STORE(0),
    /** It was asked for and remembered as missing. */
    SERVE(1),
    /** It was no longer remembered when it was asked for again. */
    EXPIRE(2),
    /** It is there now. */
    CLEAR(3);

    private final int column;

    Missing(int column) {
      this.column = column;
    }

    /** Returns the column of its counts. */
    public int column() {
      return column;
    }
  }

  /**
   * An ioctl that was called.
   *
   * @param path the file it was called on
   */
  public record IoctlEvent(RawPath path, int code) {}

  /** Columns of the tables. */
  static final int HITS = 0;

  static final int MISSES = 1;
  static final int NEGATIVES = 2;

  /** Paths that are kept of each table if only the most used are to be reported. */
  private static final int LEAST_KEPT = 2_000;

  private static final int KEPT_FOR_EACH = 20;

  /** Paths that are kept of each table if all are to be reported: some hundred bytes each. */
  private static final int MOST_KEPT = 200_000;

  private static final int IOCTLS_KEPT = 1_000;

  private final int topN;
  private final boolean full;
  private final PathTable metadata;
  private final PathTable data;
  private final PathTable tree;
  private final PathTable missing;
  private final Map<Missing, LongAdder> missingTotals = new EnumMap<>(Missing.class);
  private final Deque<IoctlEvent> ioctls = new ArrayDeque<>();

  /**
   * Makes empty tables.
   *
   * @param topN how many paths of each are to be reported; 0: none
   * @param full whether all are
   */
  public PathStatistics(int topN, boolean full) {
    this.topN = topN;
    this.full = full;
    int kept =
        full
            ? MOST_KEPT
            : (int) Math.min(MOST_KEPT, Math.max(LEAST_KEPT, (long) KEPT_FOR_EACH * topN));
    this.metadata = new PathTable(kept, 3);
    this.data = new PathTable(kept, 3);
    this.tree = new PathTable(kept, 3);
    this.missing = new PathTable(kept, Missing.values().length);
    for (Missing what : Missing.values()) {
      missingTotals.put(what, new LongAdder());
    }
  }

  /** Returns how many paths of each table are to be reported; 0: none. */
  public int topN() {
    return topN;
  }

  /** Tells whether every path is to be reported. */
  public boolean isFull() {
    return full;
  }

  /** Returns the counts of {@code table}: hits, misses, failures. */
  public PathTable table(Table table) {
    return switch (table) {
      case METADATA -> metadata;
      case DATA -> data;
      case TREE -> tree;
    };
  }

  /** Returns the counts of missing names; columns as in {@link Missing}. */
  public PathTable missing() {
    return missing;
  }

  /** Returns how often {@code what} happened to any name. */
  public long total(Missing what) {
    return missingTotals.get(what).sum();
  }

  /** Counts an answer about {@code path}. */
  void record(Table table, RawPath path, Outcome outcome) {
    if (topN > 0 || full) {
      int column = outcome.isNegative() ? NEGATIVES : outcome == Outcome.MISS ? MISSES : HITS;
      table(table).add(path, column);
    }
  }

  /** Counts that {@code path} was found missing, by the cache or by asking. */
  void recordMissing(RawPath path, boolean fromCache) {
    AtomicLongArray counts = missing.of(path);
    if (fromCache) {
      count(counts, Missing.SERVE);
      return;
    }
    if (isRemembered(counts)) {
      count(counts, Missing.EXPIRE);
    }
    count(counts, Missing.STORE);
  }

  /** Counts that {@code path} is there, which may have been missing. */
  void recordThere(RawPath path) {
    AtomicLongArray counts = missing.find(path);
    if (counts != null && isRemembered(counts)) {
      count(counts, Missing.CLEAR);
    }
  }

  private static boolean isRemembered(AtomicLongArray counts) {
    return counts.get(Missing.STORE.column())
        > counts.get(Missing.EXPIRE.column()) + counts.get(Missing.CLEAR.column());
  }

  private void count(AtomicLongArray counts, Missing what) {
    counts.incrementAndGet(what.column());
    missingTotals.get(what).increment();
  }

  /** Notes an ioctl; the last ones are kept. */
  void recordIoctl(RawPath path, int code) {
    synchronized (ioctls) {
      if (ioctls.size() == IOCTLS_KEPT) {
        ioctls.removeFirst();
      }
      ioctls.addLast(new IoctlEvent(path, code));
    }
  }

  /** Returns the last ioctls, oldest first. */
  public List<IoctlEvent> ioctls() {
    synchronized (ioctls) {
      return List.copyOf(ioctls);
    }
  }

  /** Forgets the events of {@code table}. */
  public void clear(Table table) {
    table(table).clear();
  }

  /** Forgets the ioctls. */
  public void clearIoctls() {
    synchronized (ioctls) {
      ioctls.clear();
    }
  }

  /** Forgets everything. */
  public void clear() {
    for (Table table : Table.values()) {
      clear(table);
    }
    clearIoctls();
    missing.clear();
    missingTotals.values().forEach(LongAdder::reset);
  }
}
