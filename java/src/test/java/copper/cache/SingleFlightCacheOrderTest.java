package copper.cache;

import static copper.testing.Interleavings.meetOften;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import copper.model.Reply;
import copper.testing.Interleavings.Meeting;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Whatever the order in which threads ask and clear, they see what they would see in some order.
 */
public class SingleFlightCacheOrderTest {
  private static final int TIMES = 5_000;

  private static SingleFlightCache<String, Integer> cache() {
    return new SingleFlightCache<>(
        10_000, String::length, value -> 1, SingleFlightCache.FOR_EVER, Duration.ZERO, () -> 0);
  }

  private static void check(Class<?> operations) {
    new ModelCheckingOptions()
        // Caffeine has tests of its own.
        .addGuarantee(
            forClasses((String name) -> name.startsWith("com.github.benmanes."))
                .allMethods()
                .treatAsAtomic())
        .threads(2)
        .actorsPerThread(2)
        .actorsBefore(1)
        .actorsAfter(1)
        .iterations(2)
        .invocationsPerIteration(100)
        .check(operations);
  }

  /** Each fetch brings another number. */
  public static class Asking {
    private final SingleFlightCache<String, Integer> cache = cache();
    private final AtomicInteger fetches = new AtomicInteger();

    /** Returns which fetch the answer is of. */
    @Operation
    public int ask() {
      return cache
          .get("name", () -> CompletableFuture.completedFuture(Reply.of(fetches.incrementAndGet())))
          .join()
          .value();
    }
  }

  /** A cache before a storage that changes. */
  public static class Changing {
    private final SingleFlightCache<String, Integer> cache = cache();
    private final AtomicInteger storage = new AtomicInteger();

    /** Returns what storage has, as far as the cache knows. */
    @Operation
    public int ask() {
      return cache
          .get("name", () -> CompletableFuture.completedFuture(Reply.of(storage.get())))
          .join()
          .value();
    }

    /** Changes storage, and has the cache forget what was there. */
    @Operation
    public void change() {
      storage.incrementAndGet();
      cache.clear();
    }
  }

  /** Three ask at once. */
  private static final class Crowd implements Meeting {
    private final SingleFlightCache<String, Integer> cache = cache();
    private final AtomicInteger fetches = new AtomicInteger();
    private final List<CompletableFuture<?>> answers = new CopyOnWriteArrayList<>();

    private void ask() {
      answers.add(
          cache.get(
              "name",
              () -> CompletableFuture.completedFuture(Reply.of(fetches.incrementAndGet()))));
    }

    @Override
    public List<Runnable> actions() {
      return List.of(this::ask, this::ask, this::ask);
    }

    @Override
    public void check() {
      assertEquals(1, fetches.get());
      answers.forEach(answer -> assertEquals(Reply.of(1), answer.join()));
    }
  }

  /** Storage changes, and the cache forgets, while somebody asks. */
  private static final class Change implements Meeting {
    private final Changing changing = new Changing();

    @Override
    public List<Runnable> actions() {
      return List.of(changing::ask, changing::change);
    }

    @Override
    public void check() {
      assertEquals(1, changing.ask());
      changing.cache.clear();
      assertEquals(0, changing.cache.size());
    }
  }

  @Test
  void threeWhoAskAtOnceHaveOneFetch() {
    meetOften(TIMES, Crowd::new);
  }

  @Test
  void whatWasFetchedWhileItWasClearedIsNotKept() {
    meetOften(TIMES, Change::new);
  }

  @Test
  void whoeverAsksWhileItIsFetchedGetsTheSameFetch() {
    check(Asking.class);
  }

  @Test
  void nothingFromBeforeItWasClearedIsThereAfterwards() {
    check(Changing.class);
  }
}
