package copper.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.Errno;
import copper.model.RawPath;
import copper.model.Reply;
import copper.simulate.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class SingleFlightCacheTest {
  private static final RawPath PATH = RawPath.of("/a");
  private static final Duration TTL = Duration.ofMillis(100);

  private final VirtualTime time = new VirtualTime();
  private final SingleFlightCache<RawPath, String> cache =
      new SingleFlightCache<>(
          10_000, RawPath::length, String::length, SingleFlightCache.FOR_EVER, TTL, time);
  private final List<CompletableFuture<Reply<String>>> fetches = new ArrayList<>();

  private CompletableFuture<Reply<String>> ask() {
    return cache.get(
        PATH,
        () -> {
          CompletableFuture<Reply<String>> fetch = new CompletableFuture<>();
          fetches.add(fetch);
          return fetch;
        });
  }

  @Test
  void manyAskersCauseOneFetchAndGetTheSameAnswer() {
    List<CompletableFuture<Reply<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      answers.add(ask());
    }
    assertEquals(1, fetches.size());
    fetches.get(0).complete(Reply.of("value"));
    for (CompletableFuture<Reply<String>> answer : answers) {
      assertEquals(Reply.of("value"), answer.join());
    }
    assertEquals(Reply.of("value"), ask().join());
    assertEquals(1, fetches.size());
  }

  @Test
  void aValueStaysForEver() {
    ask();
    fetches.get(0).complete(Reply.of("value"));
    time.advance(Duration.ofDays(365));
    assertTrue(ask().isDone());
    assertEquals(1, fetches.size());
  }

  @Test
  void enoentIsRememberedForItsTimeToLive() {
    ask();
    fetches.get(0).complete(Reply.failure(Errno.ENOENT));
    time.advance(TTL.minusNanos(1));
    assertEquals(Errno.ENOENT, ask().join().errno());
    assertEquals(1, fetches.size());
    time.advance(Duration.ofNanos(1));
    assertFalse(ask().isDone());
    assertEquals(2, fetches.size());
  }

  @Test
  void anyOtherErrnoIsGivenToThoseWhoWaitAndForgotten() {
    CompletableFuture<Reply<String>> first = ask();
    CompletableFuture<Reply<String>> second = ask();
    fetches.get(0).complete(Reply.failure(Errno.EACCES));
    assertEquals(Errno.EACCES, first.join().errno());
    assertEquals(Errno.EACCES, second.join().errno());
    assertFalse(ask().isDone());
    assertEquals(2, fetches.size());
  }

  @Test
  void anErrorIsForgottenBeforeAnybodyHearsOfIt() {
    CompletableFuture<Reply<String>> again = ask().thenCompose(failure -> ask());
    fetches.get(0).complete(Reply.failure(Errno.EIO));
    assertEquals(2, fetches.size());
    fetches.get(1).complete(Reply.of("value"));
    assertEquals(Reply.of("value"), again.join());
  }

  @Test
  void aFetchThatFailsIsForgotten() {
    CompletableFuture<Reply<String>> first = ask();
    fetches.get(0).completeExceptionally(new IllegalStateException("no way"));
    assertThrows(CompletionException.class, first::join);
    assertFalse(ask().isDone());
    assertEquals(2, fetches.size());
  }

  @Test
  void aFetchThatThrowsFailsTheAnswerAndLeavesNothing() {
    CompletableFuture<Reply<String>> answer =
        cache.get(
            PATH,
            () -> {
              throw new IllegalStateException("at once");
            });
    assertThrows(CompletionException.class, answer::join);
    assertEquals(0, cache.size());
  }

  @Test
  void cancellingOneAskerLeavesTheOthersAlone() {
    CompletableFuture<Reply<String>> first = ask();
    CompletableFuture<Reply<String>> second = ask();
    first.cancel(true);
    fetches.get(0).complete(Reply.of("value"));
    assertEquals(Reply.of("value"), second.join());
    assertEquals(Reply.of("value"), ask().join());
  }

  @Test
  void whatIsFetchedWhileTheCacheIsClearedIsNotKept() {
    CompletableFuture<Reply<String>> before = ask();
    cache.clear();
    CompletableFuture<Reply<String>> after = ask();
    assertEquals(2, fetches.size());
    fetches.get(0).complete(Reply.of("old"));
    fetches.get(1).complete(Reply.of("new"));
    assertEquals(Reply.of("old"), before.join());
    assertEquals(Reply.of("new"), after.join());
    assertEquals(Reply.of("new"), ask().join());
  }

  @Test
  void theSumOfTheValuesIsBounded() {
    for (int i = 0; i < 1000; i++) {
      cache.get(
          RawPath.of("/" + i), () -> CompletableFuture.completedFuture(Reply.of("x".repeat(1000))));
      time.settle();
    }
    assertTrue(cache.size() <= 10, () -> cache.size() + " values of 1000 bytes in 10000");
  }
}
