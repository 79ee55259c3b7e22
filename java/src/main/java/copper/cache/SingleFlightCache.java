package copper.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.model.Errno;
import copper.model.Failures;
import copper.model.Reply;
import java.time.Duration;
import java.util.List;
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

  /** The entry, both key objects and the future, measured with JOL to within a few bytes. */
  private static final int ENTRY_BYTES = 160;

  private final Space space;
  private final Terms<K, V> terms;
  private final Arrivals<K, V> arrivals;
  private volatile long generation;

  /**
   * What a cache remembers, and at what price.
   *
   * @param weighKey bytes a key takes beside its object
   * @param weigh bytes a value takes
   * @param ttl how long a value is remembered
   * @param enoentTtl how long ENOENT is remembered; zero: not at all
   */
  public record Terms<K, V>(
      ToLongFunction<K> weighKey, ToLongFunction<V> weigh, Duration ttl, Duration enoentTtl) {}

  /** Makes an empty cache with its own space of {@code maximumBytes}; see {@link Terms}. */
  public SingleFlightCache(
      long maximumBytes,
      ToLongFunction<K> weighKey,
      ToLongFunction<V> weigh,
      Duration ttl,
      Duration enoentTtl,
      Ticker ticker) {
    this(new Space(maximumBytes, ticker), new Terms<>(weighKey, weigh, ttl, enoentTtl));
  }

  /** Makes an empty cache in {@code space}, which it shares with others. */
  public SingleFlightCache(Space space, Terms<K, V> terms) {
    this(space, terms, null);
  }

  /**
   * Makes an empty cache of file data in {@code space}, which it shares with others.
   *
   * @param data how the cache's values are looked at; null if they are no file data
   */
  SingleFlightCache(Space space, Terms<K, V> terms, FileData<K, V> data) {
    this.space = space;
    this.terms = terms;
    this.arrivals = data == null ? null : new Arrivals<>(space.traffic(), data);
  }

  /** Returns the keys whose answers are being fetched, in no order. */
  @SuppressWarnings("unchecked") // What is in our slots was put there by us.
  public List<K> fetching() {
    return space.fetching(this).map(slot -> (K) slot.key()).toList();
  }

  int weigh(Object key, Object answer) {
    @SuppressWarnings("unchecked") // What is in our slots was put there by us.
    Reply<V> reply = (Reply<V>) answer;
    long bytes = ENTRY_BYTES + keyBytes(key);
    if (reply.ok()) {
      bytes += terms.weigh().applyAsLong(reply.value());
    }
    return (int) Math.min(Integer.MAX_VALUE, bytes);
  }

  @SuppressWarnings("unchecked") // As above.
  private long keyBytes(Object key) {
    return terms.weighKey().applyAsLong((K) key);
  }

  Duration ttl(Object answer) {
    return ((Reply<?>) answer).ok() ? terms.ttl() : terms.enoentTtl();
  }

  long generation() {
    return generation;
  }

  @SuppressWarnings("unchecked") // As above.
  void dropped(Slot slot, Reply<?> answer) {
    if (arrivals != null && slot.isCurrent()) {
      arrivals.dropped(slot, (V) answer.value());
    }
  }

  private Slot slot(K key) {
    return new Slot(this, generation, key);
  }

  @SuppressWarnings("unchecked") // As above.
  private static <V> CompletableFuture<Reply<V>> typed(CompletableFuture<?> answer) {
    return (CompletableFuture<Reply<V>>) answer;
  }

  @SuppressWarnings("unchecked") // As above.
  private static CompletableFuture<Object> untyped(CompletableFuture<?> answer) {
    return (CompletableFuture<Object>) answer;
  }

  private CompletableFuture<Reply<V>> find(Slot slot) {
    CompletableFuture<Reply<V>> present = typed(space.find(slot));
    if (present != null || arrivals == null) {
      return present;
    }
    // Dropped, and not long ago: the policy may think of it anew.
    CompletableFuture<Reply<V>> recent = arrivals.recent(slot);
    if (recent == null) {
      return null;
    }
    present = typed(space.map().putIfAbsent(slot, untyped(recent)));
    if (present == null && arrivals.recent(slot) != recent) {
      // It was removed at the same time.
      space.map().remove(slot, recent);
    }
    return present == null ? recent : present;
  }

  /**
   * Returns the answer for {@code key}: the cached one, the one somebody is fetching, or that of
   * {@code fetch}, which is called at most once per absence and on this thread unless it has to
   * wait until other file data has arrived.
   *
   * <p>The future is the caller's own: cancelling it leaves the fetch and the others alone.
   */
  public CompletableFuture<Reply<V>> get(K key, Supplier<CompletableFuture<Reply<V>>> fetch) {
    Slot slot = slot(key);
    CompletableFuture<Reply<V>> present = find(slot);
    if (present == null) {
      // Put first and fetch then: a fetch inside the map's computation would hold its lock.
      CompletableFuture<Reply<V>> mine = new CompletableFuture<>();
      present = typed(space.map().putIfAbsent(slot, untyped(mine)));
      if (present == null) {
        start(slot, mine, fetch);
        present = mine;
      }
    }
    return present.isDone() ? present : present.copy();
  }

  /**
   * Has the answer for {@code key}, file data, come before it is asked for, unless what is asked
   * for already has to wait; then nothing is returned.
   */
  public Optional<CompletableFuture<Reply<V>>> getAhead(
      K key, Supplier<CompletableFuture<Reply<V>>> fetch) {
    return arrivals == null || !arrivals.isBusy(key)
        ? Optional.of(get(key, fetch))
        : Optional.empty();
  }

  private void start(
      Slot slot, CompletableFuture<Reply<V>> mine, Supplier<CompletableFuture<Reply<V>>> fetch) {
    CompletableFuture<Reply<V>> fetched;
    try {
      fetched = arrivals == null ? fetch.get() : arrivals.bring(slot, fetch);
    } catch (RuntimeException e) {
      fetched = CompletableFuture.failedFuture(e);
    }
    fetched.whenComplete(
        (reply, failure) -> {
          if (failure != null) {
            mine.completeExceptionally(Failures.cause(failure));
            return;
          }
          if (!reply.ok() && reply.errno() != Errno.ENOENT) {
            space.map().remove(slot, mine);
          }
          if (reply.ok() && arrivals != null) {
            arrivals.keep(slot, mine, terms.weigh().applyAsLong(reply.value()));
            if (space.find(slot) != untyped(mine)) {
              // It was removed while it was on its way.
              arrivals.forget(slot);
            }
          }
          mine.complete(reply);
        });
  }

  /** Adds an answer that came along with another; one that is here or being fetched stays. */
  public void add(K key, V value) {
    Slot slot = slot(key);
    CompletableFuture<Reply<V>> answer = CompletableFuture.completedFuture(Reply.of(value));
    if (space.map().putIfAbsent(slot, untyped(answer)) == null && arrivals != null) {
      arrivals.keep(slot, answer, terms.weigh().applyAsLong(value));
      arrivals.arrived();
    }
  }

  /**
   * Adds an answer that nobody has asked for; one that is here or being fetched stays, and what
   * came last is kept before this. Returns whether it was added.
   */
  public boolean addSpare(K key, V value) {
    Slot slot = slot(key);
    boolean absent =
        find(slot) == null
            && space
                    .map()
                    .putIfAbsent(slot, untyped(CompletableFuture.completedFuture(Reply.of(value))))
                == null;
    if (absent && arrivals != null) {
      arrivals.arrived();
    }
    return absent;
  }

  /** Forgets the answer for {@code key}. */
  public void remove(K key) {
    Slot slot = slot(key);
    space.map().remove(slot);
    if (arrivals != null) {
      arrivals.remove(slot);
    }
  }

  /** Returns the answer for {@code key} if it is here and complete. */
  public Optional<Reply<V>> peek(K key) {
    CompletableFuture<Reply<V>> present = find(slot(key));
    return present != null && present.isDone() && !present.isCompletedExceptionally()
        ? Optional.of(present.join())
        : Optional.empty();
  }

  /** Passes every answer that is here and complete, in no order; nothing is touched by it. */
  public void forEach(BiConsumer<K, Reply<V>> visitor) {
    space
        .map()
        .forEach(
            (slot, answer) -> {
              if (slot.owner() == this && answer.isDone() && !answer.isCompletedExceptionally()) {
                visit(visitor, slot.key(), answer.join());
              }
            });
  }

  @SuppressWarnings("unchecked") // As above.
  private static <K, V> void visit(BiConsumer<K, Reply<V>> visitor, Object key, Object answer) {
    visitor.accept((K) key, (Reply<V>) answer);
  }

  /** Tells whether an answer for {@code key} is here and complete. */
  public boolean has(K key) {
    return peek(key).isPresent();
  }

  /** Tells whether an answer for {@code key} is being fetched. */
  public boolean isFetching(K key) {
    CompletableFuture<Object> present = space.find(slot(key));
    return present != null && !present.isDone();
  }

  /**
   * Forgets everything. Fetches under way are answered to those who wait and not kept, since they
   * may have read storage before whatever made the caller clear.
   */
  public synchronized void clear() {
    generation++;
    space.map().keySet().removeIf(slot -> slot.owner() == this);
    if (arrivals != null) {
      arrivals.clear();
    }
  }

  /** Returns the number of answers kept or being fetched. */
  public long size() {
    return space.count(this);
  }
}
