package copper.cache.spill;

import copper.cache.SecondHome;
import copper.metrics.Counter;
import copper.metrics.Counters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Keeps dropped file data in a {@link SpillDirectory}, on threads of its own.
 *
 * <p>What comes faster than it can be written is not kept. When the disk is full or fails, that is
 * said once in the log, and nothing is kept from then on. Owns the directory.
 */
public final class Spill implements SecondHome, AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Spill.class.getName());

  private static final int READERS = 4;
  private static final int IDLE_SECONDS = 10;
  private static final long END_SECONDS = 5;
  private static final int REMOVALS_REMEMBERED = 1024;

  private final SpillDirectory directory;
  private final SpillLog log;
  private final long mostWaiting;
  private final Counters counters;
  private final ExecutorService writer;
  private final ExecutorService readers;
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicBoolean failed = new AtomicBoolean();

  /** Keys removed lately, whose data from before may be offered late and must not be kept. */
  private final Set<Object> removed =
      Collections.synchronizedSet(
          Collections.newSetFromMap(
              new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Object, Boolean> eldest) {
                  return size() > REMOVALS_REMEMBERED;
                }
              }));

  /**
   * How much is kept.
   *
   * @param bytes bound on the length of all files together
   * @param records bound on their records, of each of which some 300 bytes stay in memory
   * @param waiting bound on the bytes in memory that wait to be written
   */
  public record Limits(long bytes, int records, long waiting) {}

  /** Makes a spill without data; the directory is transferred. */
  public Spill(SpillDirectory directory, Limits limits, Counters counters, ThreadFactory threads) {
    this.directory = directory;
    this.log = new SpillLog(directory, limits.bytes(), limits.records());
    this.mostWaiting = limits.waiting();
    this.counters = counters;
    this.writer = pool(1, threads);
    this.readers = pool(READERS, threads);
  }

  private static ExecutorService pool(int size, ThreadFactory threads) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            size, size, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  @Override
  public void offer(Object key, ByteBuffer data, long tag) {
    int length = data.limit();
    if (failed.get() || log.has(key) || removed.contains(key)) {
      return;
    }
    if (waiting.addAndGet(length) > mostWaiting) {
      waiting.addAndGet(-length);
      counters.increment(Counter.SPILL_SKIPPED);
      return;
    }
    submit(
        writer,
        () -> {
          try {
            write(key, data, tag);
          } finally {
            waiting.addAndGet(-length);
          }
        });
  }

  private void write(Object key, ByteBuffer data, long tag) {
    if (failed.get() || log.has(key)) {
      return;
    }
    try {
      if (log.write(key, data, tag)) {
        counters.add(Counter.SPILL_WRITTEN_BYTES, data.limit());
      }
      if (removed.contains(key)) {
        log.remove(key);
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  @Override
  public CompletableFuture<Found> find(Object key) {
    if (!log.has(key)) {
      return null;
    }
    CompletableFuture<Found> found = new CompletableFuture<>();
    submit(readers, () -> found.complete(read(key)), () -> found.complete(null));
    return found;
  }

  private Found read(Object key) {
    try {
      long damaged = log.damaged();
      Found found = log.read(key);
      if (found != null) {
        counters.add(Counter.SPILL_READ_BYTES, found.data().limit());
      } else if (log.damaged() > damaged) {
        counters.increment(Counter.SPILL_DAMAGED);
        LOG.warning("what was spilled to " + directory.path() + " has changed; it is fetched anew");
      }
      return found;
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      if (e instanceof IOException io) {
        fail(io);
      }
      return null;
    }
  }

  private void fail(IOException e) {
    if (failed.compareAndSet(false, true)) {
      LOG.log(
          Level.WARNING,
          "-cache_dir: nothing is spilled to " + directory.path() + " any more: " + e.getMessage());
      clear();
    }
  }

  @Override
  public void remove(Object key) {
    removed.add(key);
    log.remove(key);
  }

  @Override
  public void clear() {
    removed.clear();
    submit(writer, this::clearNow);
  }

  private void clearNow() {
    try {
      log.clear();
    } catch (IOException e) {
      LOG.log(Level.FINE, "removing what was spilled", e);
    }
  }

  private static void submit(ExecutorService executor, Runnable task) {
    submit(executor, task, () -> {});
  }

  private static void submit(ExecutorService executor, Runnable task, Runnable otherwise) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      otherwise.run();
    }
  }

  /** Waits until what has been offered so far is written, or is known not to be. */
  void awaitWritten() throws InterruptedException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    submit(writer, () -> done.complete(null), () -> done.complete(null));
    done.join();
  }

  /** Ends the threads and removes the directory. */
  @Override
  public void close() {
    failed.set(true);
    // Not interrupted: that would close the files under them.
    writer.shutdown();
    readers.shutdown();
    try {
      boolean ended =
          writer.awaitTermination(END_SECONDS, TimeUnit.SECONDS)
              && readers.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
      LOG.fine(() -> "the threads that spill have ended: " + ended);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    clearNow();
    directory.close();
  }
}
