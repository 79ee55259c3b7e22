package copper.cache;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Ticker;
import copper.model.Reply;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/**
 * Room for the answers of several caches, bounded in bytes all together.
 *
 * <p>Which answers go when there is no room is Caffeine's to say, whichever cache they belong to.
 * Safe on any thread; nothing here blocks.
 */
public final class Space {
  private final AsyncCache<Slot, Object> cache;
  private final Traffic traffic;

  /**
   * Makes a space for answers that are not file data.
   *
   * @param maximumBytes bound on the sum of all weights
   */
  public Space(long maximumBytes, Ticker ticker) {
    this(maximumBytes, ticker, Traffic.free());
  }

  /**
   * What happens to file data before it is kept and after.
   *
   * @param recent keeps what came last, beyond the space's own bound
   * @param onTheWay the most bytes on their way at a time, to each cache
   * @param executor starts what had to wait for others to arrive
   * @param dropped takes what was dropped for want of room, and may have it back
   * @param arrived called after each arrival
   */
  record Traffic(
      Recent recent, long onTheWay, Executor executor, SecondHome dropped, Runnable arrived) {
    static Traffic free() {
      return new Traffic(new Recent(0), Long.MAX_VALUE, Runnable::run, SecondHome.NONE, () -> {});
    }
  }

  Space(long maximumBytes, Ticker ticker, Traffic traffic) {
    this.traffic = traffic;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(maximumBytes)
            .weigher((Slot slot, Object reply) -> slot.owner().weigh(slot.key(), reply))
            .expireAfter(Expiry.creating((Slot slot, Object reply) -> slot.owner().ttl(reply)))
            .removalListener(this::removed)
            .ticker(ticker)
            // Upkeep is a few map operations; a hand-over to another thread costs more.
            .executor(Runnable::run)
            .buildAsync();
  }

  private void removed(Slot slot, Object reply, RemovalCause cause) {
    if (cause == RemovalCause.SIZE && reply instanceof Reply<?> answer && answer.ok()) {
      slot.owner().dropped(slot, answer);
    }
  }

  Traffic traffic() {
    return traffic;
  }

  /** Returns the answer for {@code slot}, complete or not; null if there is none. */
  CompletableFuture<Object> find(Slot slot) {
    return cache.getIfPresent(slot);
  }

  ConcurrentMap<Slot, CompletableFuture<Object>> map() {
    return cache.asMap();
  }

  /** Returns the sum of the weights of what is kept. */
  long bytes() {
    return cache.synchronous().policy().eviction().orElseThrow().weightedSize().orElse(0);
  }

  /** Tells whether {@code more} bytes fit and leave a quarter of the room for what is asked for. */
  boolean hasRoom(long more) {
    long maximum = cache.synchronous().policy().eviction().orElseThrow().getMaximum();
    return bytes() + more <= maximum - maximum / 4;
  }

  long count(SingleFlightCache<?, ?> owner) {
    cache.synchronous().cleanUp();
    return cache.asMap().keySet().stream().filter(slot -> slot.owner() == owner).count();
  }

  Stream<Slot> fetching(SingleFlightCache<?, ?> owner) {
    return cache.asMap().entrySet().stream()
        .filter(entry -> !entry.getValue().isDone() && entry.getKey().owner() == owner)
        .map(Map.Entry::getKey);
  }

  void clear() {
    cache.asMap().clear();
  }
}
