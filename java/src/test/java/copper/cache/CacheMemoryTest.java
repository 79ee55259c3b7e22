package copper.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.Reply;
import copper.simulate.VirtualTime;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CacheMemoryTest {
  private static final int LONGEST = 20_000;
  private static final Budget BUDGET = new Budget(100_000, 400_000, 50_000, 150_000);

  /** Bytes in memory, in place of a disk. */
  private static final class Attic implements SecondHome {
    private final Map<Object, Found> kept = new HashMap<>();
    private int found;

    @Override
    public void offer(Object key, ByteBuffer data, long tag) {
      kept.put(key, new Found(FileData.copy(data), tag));
    }

    @Override
    public CompletableFuture<Found> find(Object key) {
      Found there = kept.get(key);
      if (there != null) {
        found++;
      }
      return there == null ? null : CompletableFuture.completedFuture(there);
    }

    @Override
    public void remove(Object key) {
      kept.remove(key);
    }

    @Override
    public void clear() {
      kept.clear();
    }
  }

  /** A value with something that belongs to it. */
  private record Tagged(ByteBuffer data, long tag) {}

  private static final class Form implements FileData<Integer, Tagged> {
    @Override
    public long expected(Integer key) {
      return LONGEST;
    }

    @Override
    public ByteBuffer data(Tagged value) {
      return value.data();
    }

    @Override
    public long tag(Tagged value) {
      return value.tag();
    }

    @Override
    public Tagged of(ByteBuffer data, long tag) {
      return new Tagged(data, tag);
    }
  }

  private final VirtualTime time = new VirtualTime();
  private final Attic attic = new Attic();
  private final CacheMemory memory = CacheMemory.of(BUDGET, time, time, attic, time);
  private final SingleFlightCache<Integer, Tagged> first = cache(memory);
  private final SingleFlightCache<Integer, Tagged> second = cache(memory);
  private int fetches;

  private static SingleFlightCache<Integer, Tagged> cache(CacheMemory memory) {
    return memory.data(
        new SingleFlightCache.Terms<>(
            key -> 0, value -> value.data().limit(), SingleFlightCache.FOR_EVER, Duration.ZERO),
        new Form());
  }

  private static Tagged value(int key, int salt) {
    byte[] data = new byte[1 + new Random(key).nextInt(LONGEST)];
    new Random(31L * key + salt).nextBytes(data);
    return new Tagged(ByteBuffer.wrap(data), 7 * key + salt);
  }

  private Tagged get(SingleFlightCache<Integer, Tagged> cache, int key, int salt) {
    CompletableFuture<Reply<Tagged>> answer =
        cache.get(
            key,
            () -> {
              fetches++;
              return CompletableFuture.completedFuture(Reply.of(value(key, salt)));
            });
    time.settle();
    return answer.join().value();
  }

  @Test
  void allDataTogetherStaysWithinTheBoundAndIsWhatItWas() {
    Random random = new Random(5);
    for (int i = 0; i < 5000; i++) {
      int key = random.nextInt(200);
      boolean one = random.nextBoolean();
      Tagged there = get(one ? first : second, key, one ? 1 : 2);
      assertEquals(value(key, one ? 1 : 2), there);
      assertTrue(there.data().isDirect(), "file data lies outside the heap");
      assertTrue(memory.dataBytes() <= BUDGET.kept(), "kept: " + memory.dataBytes());
    }
    assertTrue(attic.found > 0, "what was dropped comes back from where it was kept");
    assertTrue(fetches <= 400, "and is not fetched again: " + fetches);
  }

  @Test
  void whatHasJustComeStaysThoughOthersAreUsedMore() {
    for (int i = 0; i < 100; i++) {
      for (int key = 0; key < 25; key++) {
        get(first, key, 1);
      }
    }
    attic.kept.clear();
    get(second, 1000, 2);
    int before = fetches;
    assertEquals(value(1000, 2), get(second, 1000, 2));
    assertEquals(before, fetches);
  }

  @Test
  void nothingFromBeforeAClearIsFoundAfterIt() {
    for (int key = 0; key < 200; key++) {
      get(first, key, 1);
    }
    Map<Object, SecondHome.Found> old = new HashMap<>(attic.kept);
    assertFalse(old.isEmpty());
    memory.clear();
    first.clear();
    assertTrue(attic.kept.isEmpty());
    // As if it had been on its way to the disk when the caches were cleared.
    attic.kept.putAll(old);
    for (int key = 0; key < 200; key++) {
      assertEquals(value(key, 3), get(first, key, 3));
    }
  }

  @Test
  void whatWasRemovedIsFetchedAnew() {
    get(first, 1, 1);
    first.remove(1);
    assertFalse(first.has(1));
    assertEquals(value(1, 2), get(first, 1, 2));
  }

  @Test
  void whatWasRemovedOnItsWayIsNotKept() {
    CompletableFuture<Reply<Tagged>> arrival = new CompletableFuture<>();
    CompletableFuture<Reply<Tagged>> answer = first.get(1, () -> arrival);
    first.remove(1);
    arrival.complete(Reply.of(value(1, 1)));
    assertEquals(value(1, 1), answer.join().value());
    assertFalse(first.has(1));
    assertEquals(value(1, 2), get(first, 1, 2));
  }

  @Test
  void moreThanMayBeOnItsWayWaits() {
    List<CompletableFuture<Reply<Tagged>>> arrivals = new ArrayList<>();
    for (int key = 0; key < 10; key++) {
      var unused =
          first.get(
              key,
              () -> {
                CompletableFuture<Reply<Tagged>> arrival = new CompletableFuture<>();
                arrivals.add(arrival);
                return arrival;
              });
    }
    int atOnce = (int) (BUDGET.onTheWay() / 3 / LONGEST);
    assertEquals(atOnce, arrivals.size());
    first.getAhead(11, () -> CompletableFuture.completedFuture(Reply.of(value(11, 1))));
    assertFalse(first.isFetching(11), "nothing comes ahead while others wait");
    for (int i = 0; i < 10; i++) {
      arrivals.get(i).complete(Reply.of(value(i, 1)));
      time.settle();
    }
    assertTrue(first.has(9));
    first.getAhead(11, () -> CompletableFuture.completedFuture(Reply.of(value(11, 1))));
    assertTrue(first.has(11));
  }

  @Test
  void metadataHasABoundOfItsOwn() {
    SingleFlightCache<Integer, String> names =
        memory.metadata(
            new SingleFlightCache.Terms<>(
                key -> 0, String::length, SingleFlightCache.FOR_EVER, Duration.ZERO));
    for (int key = 0; key < 10_000; key++) {
      String name = "name " + key;
      assertEquals(
          name,
          names.get(key, () -> CompletableFuture.completedFuture(Reply.of(name))).join().value());
    }
    assertTrue(memory.metadataBytes() <= BUDGET.metadata());
    assertTrue(names.size() > 100);
    assertEquals(0, memory.dataBytes());
  }
}
