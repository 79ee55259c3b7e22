package copper.cache;

import static copper.testing.Interleavings.together;
import static copper.testing.Interleavings.tryMany;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.Errno;
import copper.model.Reply;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SingleFlightCacheOrderTest {
  /** A cache before a storage whose content is a number. */
  private static final class Place {
    private final SingleFlightCache<String, Integer> cache =
        new SingleFlightCache<>(
            10_000, String::length, value -> 1, SingleFlightCache.FOR_EVER, Duration.ZERO, () -> 0);
    private final AtomicInteger storage = new AtomicInteger(1);
    private final AtomicInteger fetches = new AtomicInteger();

    CompletableFuture<Reply<Integer>> ask() {
      return cache.get("name", this::fetch);
    }

    private CompletableFuture<Reply<Integer>> fetch() {
      fetches.incrementAndGet();
      return CompletableFuture.completedFuture(Reply.of(storage.get()));
    }
  }

  @Test
  void twoWhoAskAtTheSameTimeCauseOneFetch() {
    tryMany(
        () -> {
          Place place = new Place();
          int[] answers = new int[2];
          together(
              () -> answers[0] = place.ask().join().value(),
              () -> answers[1] = place.ask().join().value());
          assertEquals(1, answers[0]);
          assertEquals(1, answers[1]);
          assertEquals(1, place.fetches.get());
        });
  }

  @Test
  void nothingFromBeforeItWasClearedIsThereAfterwards() {
    tryMany(
        () -> {
          Place place = new Place();
          together(
              () -> place.ask().join(),
              () -> {
                place.storage.set(2);
                place.cache.clear();
                assertEquals(2, place.ask().join().value());
              });
          assertEquals(2, place.ask().join().value());
        });
  }

  @Test
  void whatComesAlongIsForgottenByAClearToo() {
    tryMany(
        () -> {
          Place place = new Place();
          together(() -> place.cache.add("name", 1), () -> place.ask().join());
          place.storage.set(2);
          place.cache.clear();
          assertEquals(2, place.ask().join().value());
        });
  }

  @Test
  void anErrorIsGivenToWhoeverWaitsAndNotKept() {
    tryMany(
        () -> {
          Place place = new Place();
          CompletableFuture<Reply<Integer>> fetch = new CompletableFuture<>();
          CompletableFuture<Reply<Integer>> first = place.cache.get("name", () -> fetch);
          together(
              () -> fetch.complete(Reply.failure(Errno.EIO)),
              () -> {
                Reply<Integer> answer = place.ask().join();
                assertTrue(answer.ok() || answer.errno() == Errno.EIO);
              });
          assertEquals(Errno.EIO, first.join().errno());
          assertEquals(1, place.ask().join().value());
        });
  }
}
