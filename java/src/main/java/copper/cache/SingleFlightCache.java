package copper.cache;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import copper.model.Errno;
import copper.model.Reply;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Answers by key, each fetched once however many ask for it at the same time.
 *
 * <p>A value stays for its time to live, until {@link #clear}, or until space is needed. ENOENT
 * stays for its time to live, which is what programs that probe search paths live on. Every other
 * errno, and a fetch that fails with an exception, is given to those who wait for it and then
 * forgotten, so that the next one asks again. Safe on any thread; nothing here blocks.
 *
 * @param <K> the type of the keys, such as a path
 * @param <V> the type of the values
 */
public final class SingleFlightCache<K, V> {
  /** The time to live of what does not expire. */
  public static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

  private final AsyncCache<K, Reply<V>> cache;

  /**
   * Makes an empty cache.
   *
   * @param maximumBytes bound on the sum of all weights
   * @param weighKey bytes a key takes beside its object
   * @param weigh bytes a value takes
   * @param ttl how long a value is remembered
   * @param enoentTtl how long ENOENT is remembered; zero: not at all
   */
  public SingleFlightCache(
      long maximumBytes,
      ToLongFunction<K> weighKey,
      ToLongFunction<V> weigh,
      Duration ttl,
      Duration enoentTtl,
      Ticker ticker) {
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(maximumBytes)
            .weigher((K key, Reply<V> reply) -> weight(reply, weighKey.applyAsLong(key), weigh))
            .expireAfter(Expiry.creating((K key, Reply<V> reply) -> reply.ok() ? ttl : enoentTtl))
            .ticker(ticker)
            // Upkeep is a few map operations; a hand-over to another thread costs more.
            .executor(Runnable::run)
            .buildAsync();
  }

  private static <V> int weight(Reply<V> reply, long keyBytes, ToLongFunction<V> weigh) {
    // 128: the entry, the key object and the future, measured with JOL to within a few bytes.
    long bytes = 128 + keyBytes + (reply.ok() ? weigh.applyAsLong(reply.value()) : 0);
    return (int) Math.min(Integer.MAX_VALUE, bytes);
  }

  /**
   * Returns the answer for {@code key}: the cached one, the one somebody is fetching, or that of
   * {@code fetch}, which is called at most once per absence and on this thread.
   *
   * <p>The future is the caller's own: cancelling it leaves the fetch and the others alone.
   */
  public CompletableFuture<Reply<V>> get(K key, Supplier<CompletableFuture<Reply<V>>> fetch) {
    CompletableFuture<Reply<V>> present = cache.getIfPresent(key);
    if (present == null) {
      // Put first and fetch then: a fetch inside the map's computation would hold its lock.
      CompletableFuture<Reply<V>> mine = new CompletableFuture<>();
      present = cache.asMap().putIfAbsent(key, mine);
      if (present == null) {
        start(key, mine, fetch);
        present = mine;
      }
    }
    return present.isDone() ? present : present.copy();
  }

  private void start(
      K key, CompletableFuture<Reply<V>> mine, Supplier<CompletableFuture<Reply<V>>> fetch) {
    CompletableFuture<Reply<V>> fetched;
    try {
      fetched = fetch.get();
    } catch (RuntimeException e) {
      fetched = CompletableFuture.failedFuture(e);
    }
    fetched.whenComplete(
        (reply, failure) -> {
          if (failure != null) {
            mine.completeExceptionally(failure);
            return;
          }
          if (!reply.ok() && reply.errno() != Errno.ENOENT) {
            cache.asMap().remove(key, mine);
          }
          mine.complete(reply);
        });
  }

  /** Adds an answer that came along with another; one that is here or being fetched stays. */
  public void add(K key, V value) {
    cache.asMap().putIfAbsent(key, CompletableFuture.completedFuture(Reply.of(value)));
  }

  /** Forgets the answer for {@code key}. */
  public void remove(K key) {
    cache.asMap().remove(key);
  }

  /** Returns the answer for {@code key} if it is here and complete. */
  public Optional<Reply<V>> peek(K key) {
    CompletableFuture<Reply<V>> present = cache.getIfPresent(key);
    return present != null && present.isDone() && !present.isCompletedExceptionally()
        ? Optional.of(present.join())
        : Optional.empty();
  }

  /** Passes every answer that is here and complete, in no order; nothing is touched by it. */
  public void forEach(BiConsumer<K, Reply<V>> visitor) {
    cache
        .asMap()
        .forEach(
            (key, answer) -> {
              if (answer.isDone() && !answer.isCompletedExceptionally()) {
                visitor.accept(key, answer.join());
              }
            });
  }

  /** Tells whether an answer for {@code key} is here and complete. */
  public boolean has(K key) {
    return peek(key).isPresent();
  }

  /** Tells whether an answer for {@code key} is being fetched. */
  public boolean isFetching(K key) {
    CompletableFuture<Reply<V>> present = cache.getIfPresent(key);
    return present != null && !present.isDone();
  }

  /**
   * Forgets everything. Fetches under way are answered to those who wait and not kept, since they
   * may have read storage before whatever made the caller clear.
   */
  public void clear() {
    cache.asMap().clear();
  }

  /** Returns the number of answers kept or being fetched. */
  public long size() {
    cache.synchronous().cleanUp();
    return cache.synchronous().estimatedSize();
  }

  /** Returns the bytes that the answers kept take, as they were weighed. */
  public long bytes() {
    cache.synchronous().cleanUp();
    return cache.synchronous().policy().eviction().orElseThrow().weightedSize().orElseThrow();
  }
}
