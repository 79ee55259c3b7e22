package copper.node;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.cache.Budget;
import copper.cache.CacheMemory;
import copper.cache.SecondHome;
import copper.cache.spill.Spill;
import copper.cache.spill.SpillDirectory;
import copper.config.CacheOptions;
import copper.config.IoReason;
import copper.config.UsageException;
import copper.metrics.Counters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.logging.Logger;

/**
 * What a node may keep, in memory and in its spill directory, by its flags and its machine.
 *
 * @param budget of the memory
 * @param spill takes what memory has no room for; owned
 */
record NodeMemory(Budget budget, Optional<Spill> spill) implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(NodeMemory.class.getName());

  private static final int PART_OF_MACHINE = 4;
  private static final int PART_OF_HEAP = 4;

  /** What is remembered of a spilled record, in bytes on the heap. */
  private static final int RECORD_BYTES = 300;

  private static final int PART_FOR_RECORDS = 8;
  private static final long MOST_WAITING_TO_BE_WRITTEN = 16L << 20;

  /**
   * Finds out how much there is, and makes the spill directory.
   *
   * @param threads makes the threads that read and write it
   * @throws UsageException if it cannot be made
   */
  static NodeMemory open(
      CacheOptions options, String host, Counters counters, ThreadFactory threads)
      throws UsageException {
    long heap = Runtime.getRuntime().maxMemory();
    long bytes =
        options
            .maxBytes()
            .orElseGet(
                () ->
                    Math.max(
                        Budget.LEAST, new MachineMemory(Path.of("/")).bytes() / PART_OF_MACHINE));
    Budget budget = Budget.of(bytes, heap / PART_OF_HEAP);
    LOG.info(
        () ->
            "at most "
                + mebibytes(bytes)
                + " are kept in memory (-max_cache_bytes), "
                + mebibytes(budget.metadata())
                + " of them for attributes and names");
    if (options.spillDirectory().isEmpty()) {
      return new NodeMemory(budget, Optional.empty());
    }
    return new NodeMemory(budget, Optional.of(spill(options, budget, host, counters, threads)));
  }

  private static Spill spill(
      CacheOptions options, Budget budget, String host, Counters counters, ThreadFactory threads)
      throws UsageException {
    Path parent = options.spillDirectory().orElseThrow();
    try {
      SpillDirectory directory = SpillDirectory.open(parent.toAbsolutePath(), host);
      long bytes = options.maxSpillBytes().orElse(directory.free() / 2);
      LOG.info(
          () ->
              "at most "
                  + mebibytes(bytes)
                  + " of file data are spilled to "
                  + directory.path()
                  + " (-max_spill_bytes)");
      long records = Runtime.getRuntime().maxMemory() / PART_FOR_RECORDS / RECORD_BYTES;
      return new Spill(
          directory,
          new Spill.Limits(
              bytes,
              (int) Math.min(Integer.MAX_VALUE, records),
              Math.min(MOST_WAITING_TO_BE_WRITTEN, budget.onTheWay())),
          counters,
          threads);
    } catch (IOException e) {
      throw new UsageException(
          "-cache_dir " + parent + " cannot be used (" + IoReason.of(e) + "); name another", e);
    }
  }

  private static String mebibytes(long bytes) {
    return bytes < 10 << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
  }

  /**
   * Returns empty memory for the caches.
   *
   * @param storagePool starts what had to wait for room
   * @param collector collects garbage
   */
  CacheMemory caches(Ticker ticker, Executor storagePool, Executor collector) {
    return CacheMemory.of(
        budget,
        ticker,
        storagePool,
        spill.<SecondHome>map(home -> home).orElse(SecondHome.NONE),
        collector);
  }

  @Override
  public void close() {
    spill.ifPresent(Spill::close);
  }
}
