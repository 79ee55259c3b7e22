package copper.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The memory of a node's caches, which all draw from one {@link Budget}: metadata has its share,
 * and all file data, whole or in chunks, asked for or come ahead, has the rest.
 */
public final class CacheMemory {
  /**
   * Whole files, chunks and bundles; chunks may be made of whole files, so each waits for itself.
   */
  private static final int KINDS = 3;

  private final Space metadata;
  private final Space data;
  private final Gate bundles;
  private final Reclaimer reclaimer;

  private CacheMemory(Space metadata, Space data, Gate bundles, Reclaimer reclaimer) {
    this.metadata = metadata;
    this.data = data;
    this.bundles = bundles;
    this.reclaimer = reclaimer;
  }

  /**
   * Makes empty memory.
   *
   * @param executor starts fetches that had to wait for room; its threads may wait for storage
   * @param dropped takes the file data there is no room for
   * @param collector runs a collection when much that is not used any more has not been freed
   */
  public static CacheMemory of(
      Budget budget, Ticker ticker, Executor executor, SecondHome dropped, Executor collector) {
    Recent recent = new Recent(budget.recent());
    // The reclaimer counts what the space keeps, and the space tells it when to look.
    Reclaimer[] reclaimer = new Reclaimer[1];
    Space data =
        new Space(
            budget.kept(),
            ticker,
            new Space.Traffic(
                recent, budget.onTheWay() / KINDS, executor, dropped, () -> reclaimer[0].look()));
    reclaimer[0] =
        new Reclaimer(data::bytes, budget.recent() + budget.onTheWay(), Budget.GARBAGE, collector);
    return new CacheMemory(
        new Space(budget.metadata(), ticker),
        data,
        new Gate(budget.onTheWay() / KINDS, executor),
        reclaimer[0]);
  }

  /** Makes an empty cache of metadata. */
  public <K, V> SingleFlightCache<K, V> metadata(SingleFlightCache.Terms<K, V> terms) {
    return new SingleFlightCache<>(metadata, terms);
  }

  /** Makes an empty cache of file data; at most two. */
  public <K, V> SingleFlightCache<K, V> data(
      SingleFlightCache.Terms<K, V> terms, FileData<K, V> form) {
    return new SingleFlightCache<>(data, terms, form);
  }

  /**
   * Starts {@code action}, which brings about so many bytes of several files at once, when there is
   * room for them.
   */
  public <T> CompletableFuture<T> bringBundle(long bytes, Supplier<CompletableFuture<T>> action) {
    return bundles.pass(bytes, action);
  }

  /** Says that data was put together in new memory outside the heap, which nothing keeps. */
  public void usedOnce() {
    reclaimer.look();
  }

  /** Returns the bytes of metadata kept. */
  public long metadataBytes() {
    return metadata.bytes();
  }

  /** Returns the bytes of file data kept. */
  public long dataBytes() {
    return data.bytes();
  }

  /** Tells whether metadata of so many bytes has room that nobody is likely to need soon. */
  public boolean hasRoomForMetadata(long bytes) {
    return metadata.hasRoom(bytes);
  }

  /** Tells whether file data of so many bytes has room that nobody is likely to need soon. */
  public boolean hasRoomForData(long bytes) {
    return data.hasRoom(bytes);
  }

  /** Drops everything kept, in one go; the caches must be cleared one by one after. */
  public void clear() {
    metadata.clear();
    data.clear();
    reclaimer.look();
  }
}
