package copper.cache;

import static copper.testing.Interleavings.meetOften;
import static copper.testing.Interleavings.together;
import static copper.testing.Interleavings.tryMany;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.testing.Interleavings.Meeting;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class GateOrderTest {
  private static final int TIMES = 5_000;

  /** Something on its way: it arrives when told to. */
  private static final class Parcel {
    private final CompletableFuture<Void> arrival = new CompletableFuture<>();
    private final long bytes;
    private final AtomicLong onTheWay;

    Parcel(long bytes, AtomicLong onTheWay) {
      this.bytes = bytes;
      this.onTheWay = onTheWay;
    }

    CompletableFuture<Void> pass(Gate gate) {
      return gate.pass(
          bytes,
          () -> {
            long now = onTheWay.addAndGet(bytes);
            assertTrue(now <= 10 || now == bytes, "too much at a time");
            return arrival.whenComplete((nothing, failure) -> onTheWay.addAndGet(-bytes));
          });
    }
  }

  /** Parcels before a gate, of which all have passed in the end. */
  private abstract static class Crossing implements Meeting {
    final Gate gate = new Gate(10, Runnable::run);
    final Parcel[] parcels;
    final CompletableFuture<?>[] passed;

    Crossing(long... bytes) {
      AtomicLong onTheWay = new AtomicLong();
      parcels =
          LongStream.of(bytes).mapToObj(each -> new Parcel(each, onTheWay)).toArray(Parcel[]::new);
      passed = new CompletableFuture<?>[bytes.length];
    }

    void pass(int parcel) {
      passed[parcel] = parcels[parcel].pass(gate);
    }

    void arrive(int parcel) {
      parcels[parcel].arrival.complete(null);
    }

    @Override
    public void check() {
      for (int i = 0; i < parcels.length; i++) {
        arrive(i);
      }
      for (CompletableFuture<?> each : passed) {
        assertTrue(each.isDone() && !each.isCompletedExceptionally(), "left behind");
      }
      assertFalse(gate.isFull(10));
    }
  }

  /** Two parcels come while another one arrives. */
  private static final class Rush extends Crossing {
    Rush(long... bytes) {
      super(bytes);
      pass(0);
    }

    @Override
    public List<Runnable> actions() {
      return List.of(() -> pass(1), () -> pass(2), () -> arrive(0));
    }
  }

  /** Parcels arrive at once while others wait. */
  private static final class Arrivals extends Crossing {
    Arrivals() {
      super(5, 5, 3, 3, 3, 3);
      for (int i = 0; i < parcels.length; i++) {
        pass(i);
      }
    }

    @Override
    public List<Runnable> actions() {
      return List.of(() -> arrive(0), () -> arrive(1));
    }
  }

  private void passesAllAndNeverTooMuch(long first, long second, long third) {
    tryMany(
        () -> {
          Rush rush = new Rush(first, second, third);
          together(rush.actions().toArray(Runnable[]::new));
          rush.check();
        });
    meetOften(TIMES, () -> new Rush(first, second, third));
  }

  @Test
  void thoseThatArriveAtOnceMakeRoomForOthers() {
    meetOften(TIMES, Arrivals::new);
  }

  @Test
  void whatFitsOneByOneComesOneByOne() {
    passesAllAndNeverTooMuch(10, 10, 10);
  }

  @Test
  void smallOnesComeTogetherAndOneThatIsTooLargeAlone() {
    passesAllAndNeverTooMuch(5, 5, 20);
  }
}
