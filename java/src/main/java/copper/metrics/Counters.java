package copper.metrics;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Everything one node counts; cheap to add to from any thread.
 *
 * <p>Plain counts ({@link Counter}) run from the node's start to its end. Operations ({@link
 * OperationStats}) have outcomes and times too. What costs more time and memory, the counts by
 * path, is there only if it was asked for.
 */
public final class Counters {
  private final Map<Counter, LongAdder> adders = new EnumMap<>(Counter.class);
  private final Map<Operation, OperationStats> operations = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;
  private final Optional<PathStatistics> paths;

  /** How many calls of storage each thread has made: a request that made one was no cache hit. */
  @SuppressWarnings("ThreadLocalUsage") // Belongs to one node, of which a test has several.
  private final ThreadLocal<long[]> storageCalls = ThreadLocal.withInitial(() -> new long[1]);

  /** Makes counts that are all zero, without counts by path. */
  public Counters() {
    this(System::nanoTime, Optional.empty());
  }

  /**
   * Makes counts that are all zero.
   *
   * @param nanoTime the time in nanoseconds, from any origin
   * @param paths counts by path, if there are to be any
   */
  public Counters(LongSupplier nanoTime, Optional<PathStatistics> paths) {
    this.nanoTime = nanoTime;
    this.paths = paths;
    for (Counter counter : Counter.values()) {
      adders.put(counter, new LongAdder());
    }
  }

  /** Adds one to {@code counter}. */
  public void increment(Counter counter) {
    adders.get(counter).increment();
  }

  /** Adds {@code amount} to {@code counter}. */
  public void add(Counter counter, long amount) {
    adders.get(counter).add(amount);
  }

  /** Returns the present count. */
  public long get(Counter counter) {
    return adders.get(counter).sum();
  }

  /** Returns the time in nanoseconds, for measuring how long something takes. */
  public long now() {
    return nanoTime.getAsLong();
  }

  /** Returns the numbers of {@code operation}, which start with the first call of this. */
  public OperationStats of(Operation operation) {
    OperationStats present = operations.get(operation);
    return present != null
        ? present
        : operations.computeIfAbsent(operation, name -> new OperationStats());
  }

  /** Returns the numbers of every operation that was done, since each was last cleared. */
  public SortedMap<Operation, OperationTotals> totals() {
    SortedMap<Operation, OperationTotals> all = new TreeMap<>();
    operations.forEach((operation, stats) -> all.put(operation, stats.totals()));
    return all;
  }

  /** Returns the sum over all operations of {@code layer} since the node started. */
  public OperationTotals lifetime(Operation.Layer layer) {
    return operations.entrySet().stream()
        .filter(entry -> entry.getKey().layer() == layer)
        .map(entry -> entry.getValue().lifetime())
        .reduce(OperationTotals.NONE, OperationTotals::plus);
  }

  /** Returns the statistics of every operation that was done. */
  public SortedMap<Operation, OperationStats> operations() {
    return new TreeMap<>(operations);
  }

  /** Reports {@code parts} of every operation from zero on. */
  public void clear(Set<OperationStats.Part> parts) {
    if (!parts.isEmpty()) {
      operations.values().forEach(stats -> stats.clear(parts));
    }
  }

  /** Returns the counts by path, if they were asked for. */
  public Optional<PathStatistics> paths() {
    return paths;
  }

  /** Says that the current thread calls storage. */
  public void noteStorageCall() {
    storageCalls.get()[0]++;
  }

  /** Returns how many calls of storage the current thread has made. */
  public long storageCallsHere() {
    return storageCalls.get()[0];
  }

  /**
   * Writes all counts to {@code file} as one flat JSON object, whole or not at all.
   *
   * @throws IOException if the directory cannot be written
   */
  public void writeJson(Path file) throws IOException {
    String json =
        adders.entrySet().stream()
            .map(entry -> "  \"" + entry.getKey().key() + "\": " + entry.getValue().sum())
            .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
    WholeFile.write(file, json);
  }
}
