package copper.metrics.run;

import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.OperationTotals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongSupplier;
import java.util.logging.Logger;

/**
 * {@code profiling/series/<host>-<pid>-profiling_series.csv}: a node's main counts, again and again
 * while it runs.
 *
 * <p>Counts only grow, so a row that is missing costs detail and nothing else. The more rows there
 * are, the rarer they become, and they are kept back and written some at a time: thousands of nodes
 * write into one directory. Any thread, one at a time.
 */
public final class Series {
  static final String FILE = "profiling_series.csv";
  static final String HEAD =
      "time_ms,fuse_calls,fuse_from_cache,fuse_missed,fuse_seconds,rpc_asked,rpc_bytes_in,rpc_failed,"
          + "rpc_served,rpc_bytes_out,storage_calls,storage_bytes,storage_seconds\n";

  private static final Logger LOG = Logger.getLogger(Series.class.getName());

  /** Rows that are written together, the first few excepted. */
  private static final int ROWS_AT_ONCE = 30;

  /** After so many rows, each further one takes twice as long as before. */
  private static final int ROWS_BEFORE_RARER = 600;

  private final Path file;
  private final Counters counters;
  private final LongSupplier wallMillis;
  private final StringBuilder waiting = new StringBuilder(HEAD);
  private int rowsWaiting;
  private long ticks;
  private long ticksForARow = 1;
  private int rowsAtThisRate;
  private boolean failing;

  /**
   * Makes a series that has no row yet.
   *
   * @param wallMillis milliseconds since 1970
   */
  public Series(RunInfo info, Counters counters, LongSupplier wallMillis) {
    this.file = info.profiles("series").resolve(info.file("", FILE));
    this.counters = counters;
    this.wallMillis = wallMillis;
  }

  /** Adds a row, if it is time for one; call it once a second. */
  public synchronized void tick() {
    if (ticks++ % ticksForARow == 0) {
      addRow();
      rowsAtThisRate++;
      if (rowsAtThisRate == ROWS_BEFORE_RARER) {
        ticksForARow *= 2;
        rowsAtThisRate = 0;
      }
    }
    if (rowsWaiting >= ROWS_AT_ONCE) {
      flush();
    }
  }

  /** Adds a last row and writes what is left. */
  public synchronized void finish() {
    addRow();
    flush();
  }

  private void addRow() {
    OperationTotals requests = counters.lifetime(Operation.Layer.FUSE);
    OperationTotals storage = counters.lifetime(Operation.Layer.STORAGE);
    waiting.append(wallMillis.getAsLong());
    add(requests.calls());
    add(requests.fromCache());
    add(requests.misses() + requests.negatives() - requests.negativesFromCache());
    waiting.append(',').append(Profile.seconds(requests.seconds()));
    add(counters.get(Counter.RPC_SENT));
    add(counters.get(Counter.RPC_BYTES_IN));
    add(counters.get(Counter.RPC_FAILED));
    add(counters.get(Counter.RPC_SERVED));
    add(counters.get(Counter.RPC_BYTES_OUT));
    add(storage.calls());
    add(counters.get(Counter.STORAGE_READ_BYTES));
    waiting.append(',').append(Profile.seconds(storage.seconds())).append('\n');
    rowsWaiting++;
  }

  private void add(long value) {
    waiting.append(',').append(value);
  }

  private void flush() {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, waiting, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      if (!failing) {
        LOG.warning("-log_output_dir: " + file + " cannot be written: " + e);
      }
      failing = true;
    }
    // What could not be written is given up: a disk that is full must not fill the memory too.
    waiting.setLength(0);
    rowsWaiting = 0;
  }
}
