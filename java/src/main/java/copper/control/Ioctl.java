package copper.control;

import copper.metrics.Counters;
import copper.metrics.OperationStats.Part;
import copper.metrics.PathStatistics;
import copper.metrics.PathStatistics.Table;
import copper.metrics.run.RunDirectory;
import copper.model.Errno;
import copper.model.Reply;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.logging.Logger;

/**
 * The commands that arrive as ioctl codes on any regular file of the mount.
 *
 * <p>The codes are C++ Copper's (src/fs/constants.h). Any other code is ENOTTY, as it is for an
 * ordinary file, so that isatty() is right. What the original's own get wrong (cu_fuse_ioctl in
 * src/fs/cu_fuse.cpp) is right here: 100 clears file data too, and 1000 does not go on to write the
 * data events. Like there, the codes for sizes write files and return 0.
 */
public final class Ioctl {
  /** By which isatty() asks, the same on x86-64 and aarch64 (asm-generic/ioctls.h). */
  public static final int TCGETS = 0x5401;

  private static final Logger LOG = Logger.getLogger(Ioctl.class.getName());

  private final Reset reset;
  private final Counters counters;
  private final Optional<RunDirectory> files;
  private final Executor executor;

  /**
   * Makes the commands.
   *
   * @param files writes what is asked for; none without a run's directory
   * @param executor does the writing, which blocks
   */
  public Ioctl(Reset reset, Counters counters, Optional<RunDirectory> files, Executor executor) {
    this.reset = reset;
    this.counters = counters;
    this.files = files;
    this.executor = executor;
  }

  /** Executes the command {@code code}; the value is what ioctl(2) returns. */
  public CompletableFuture<Reply<Integer>> execute(int code) {
    return switch (code) {
      case 100 -> reset.run().thenApply(done -> Reply.of(0));
      case 1900 -> resetAll();
      case 700 -> clear(Part.CALLS);
      case 800 -> clear(Part.HITS);
      case 900 -> clear(Part.MISSES);
      case 1000 -> clear(Part.TIMES);
      case 1800 -> clear(Part.NEGATIVES);
      case 1400 -> clearPaths(paths -> paths.clear(Table.DATA));
      case 1500 -> clearPaths(paths -> paths.clear(Table.TREE));
      case 1600 -> clearPaths(paths -> paths.clear(Table.METADATA));
      case 2100 -> clearPaths(PathStatistics::clearIoctls);
      default -> table(code).map(this::write).orElseGet(() -> failed(Errno.ENOTTY));
    };
  }

  private static Optional<Predicate<RunDirectory>> table(int code) {
    return switch (code) {
      case 200 -> Optional.of(RunDirectory::cacheTables);
      case 300 -> Optional.of(RunDirectory::operationCounts);
      case 400 -> Optional.of(RunDirectory::operationTimes);
      case 500 -> Optional.of(RunDirectory::cacheHits);
      case 600 -> Optional.of(RunDirectory::cacheMisses);
      case 1100 -> Optional.of(RunDirectory::dataEvents);
      case 1200 -> Optional.of(RunDirectory::treeEvents);
      case 1300 -> Optional.of(RunDirectory::metadataEvents);
      case 1700 -> Optional.of(RunDirectory::negatives);
      case 2000 -> Optional.of(RunDirectory::allMetrics);
      case 2200 -> Optional.of(RunDirectory::ioctlEvents);
      case 2300 -> Optional.of(RunDirectory::dataCacheSize);
      case 2400 -> Optional.of(RunDirectory::treeCacheSize);
      case 2500 -> Optional.of(RunDirectory::metadataCacheSize);
      default -> Optional.empty();
    };
  }

  /** The profile of what was measured is written before it is forgotten. */
  private CompletableFuture<Reply<Integer>> resetAll() {
    return CompletableFuture.supplyAsync(
            () -> files.isEmpty() || files.get().beforeReset(), executor)
        .thenCompose(
            written ->
                reset
                    .run()
                    .thenApply(
                        done -> {
                          counters.clear(EnumSet.allOf(Part.class));
                          counters.paths().ifPresent(PathStatistics::clear);
                          return written ? Reply.of(0) : Reply.failure(Errno.EIO);
                        }));
  }

  private CompletableFuture<Reply<Integer>> clear(Part part) {
    counters.clear(EnumSet.of(part));
    return CompletableFuture.completedFuture(Reply.of(0));
  }

  private CompletableFuture<Reply<Integer>> clearPaths(Consumer<PathStatistics> what) {
    counters.paths().ifPresent(what);
    return CompletableFuture.completedFuture(Reply.of(0));
  }

  private CompletableFuture<Reply<Integer>> write(Predicate<RunDirectory> table) {
    if (files.isEmpty()) {
      LOG.warning("an ioctl asks for tables, which need -log_output_dir");
      return failed(Errno.EOPNOTSUPP);
    }
    return CompletableFuture.supplyAsync(
        () -> table.test(files.get()) ? Reply.of(0) : Reply.failure(Errno.EIO), executor);
  }

  private static CompletableFuture<Reply<Integer>> failed(int errno) {
    return CompletableFuture.completedFuture(Reply.failure(errno));
  }
}
