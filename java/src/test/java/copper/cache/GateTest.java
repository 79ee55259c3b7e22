package copper.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.simulate.VirtualTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class GateTest {
  private static final int BOUND = 100;

  private final VirtualTime time = new VirtualTime();
  private final Gate gate = new Gate(BOUND, time);

  private record Passing(long bytes, CompletableFuture<String> arrival) {}

  private final List<Passing> onTheWay = new ArrayList<>();
  private final List<String> started = new ArrayList<>();

  private CompletableFuture<String> pass(long bytes, String name) {
    return gate.pass(
        bytes,
        () -> {
          started.add(name);
          Passing passing = new Passing(bytes, new CompletableFuture<>());
          onTheWay.add(passing);
          return passing.arrival();
        });
  }

  @Property(tries = 200)
  void noMoreThanTheBoundIsOnItsWayAndAllArrivesInItsTurn(@ForAll long seed) {
    GateTest each = new GateTest();
    Random random = new Random(seed);
    List<CompletableFuture<String>> answers = new ArrayList<>();
    List<String> asked = new ArrayList<>();
    while (asked.size() < 60 || !each.onTheWay.isEmpty()) {
      if (asked.size() < 60 && random.nextBoolean()) {
        asked.add("item " + asked.size());
        answers.add(each.pass(random.nextInt(150), asked.get(asked.size() - 1)));
      } else if (!each.onTheWay.isEmpty()) {
        Passing passing = each.onTheWay.remove(random.nextInt(each.onTheWay.size()));
        if (random.nextInt(4) == 0) {
          passing.arrival().completeExceptionally(new IllegalStateException("lost"));
        } else {
          passing.arrival().complete("there");
        }
        each.time.settle();
      }
      long sum = each.onTheWay.stream().mapToLong(Passing::bytes).sum();
      assertTrue(sum <= BOUND || each.onTheWay.stream().filter(p -> p.bytes() > 0).count() == 1);
    }
    assertEquals(asked, each.started);
    assertTrue(answers.stream().allMatch(CompletableFuture::isDone));
  }

  @Property(tries = 1)
  void whatIsLongerThanTheBoundPassesAlone() {
    assertFalse(gate.isFull(10 * BOUND));
    CompletableFuture<String> large = pass(10 * BOUND, "large");
    assertTrue(gate.isFull(1));
    CompletableFuture<String> small = pass(1, "small");
    assertEquals(List.of("large"), started);
    onTheWay.get(0).arrival().complete("there");
    time.settle();
    assertEquals(List.of("large", "small"), started);
    assertTrue(large.isDone() && !small.isDone());
  }

  @Property(tries = 1)
  void anActionThatCannotStartLeavesNoTrace() {
    CompletableFuture<String> failed =
        gate.pass(
            BOUND,
            () -> {
              throw new IllegalStateException("no");
            });
    assertTrue(failed.isCompletedExceptionally());
    assertFalse(gate.isFull(BOUND));
  }
}
