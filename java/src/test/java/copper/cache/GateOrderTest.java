package copper.cache;

import static copper.testing.Interleavings.meetOften;
import static copper.testing.Interleavings.together;
import static copper.testing.Interleavings.tryMany;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.testing.Interleavings.Meeting;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
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

  /** Two parcels come while another one arrives. */
  private static final class Rush implements Meeting {
    private final Gate gate = new Gate(10, Runnable::run);
    private final Parcel[] parcels = new Parcel[3];
    private final CompletableFuture<?>[] passed = new CompletableFuture<?>[3];

    Rush(long... bytes) {
      AtomicLong onTheWay = new AtomicLong();
      for (int i = 0; i < parcels.length; i++) {
        parcels[i] = new Parcel(bytes[i], onTheWay);
      }
      passed[0] = parcels[0].pass(gate);
    }

    @Override
    public List<Runnable> actions() {
      return List.of(
          () -> passed[1] = parcels[1].pass(gate),
          () -> passed[2] = parcels[2].pass(gate),
          () -> parcels[0].arrival.complete(null));
    }

    @Override
    public void check() {
      parcels[1].arrival.complete(null);
      parcels[2].arrival.complete(null);
      for (CompletableFuture<?> each : passed) {
        assertTrue(each.isDone() && !each.isCompletedExceptionally(), "left behind");
      }
      assertFalse(gate.isFull(10));
    }
  }

  /** Parcels arrive at once while others wait. */
  private static final class Arrivals implements Meeting {
    private final Gate gate = new Gate(10, Runnable::run);
    private final List<Parcel> parcels = new ArrayList<>();
    private final List<CompletableFuture<?>> passed = new ArrayList<>();

    Arrivals() {
      AtomicLong onTheWay = new AtomicLong();
      for (int i = 0; i < 6; i++) {
        parcels.add(new Parcel(i < 2 ? 5 : 3, onTheWay));
        passed.add(parcels.get(i).pass(gate));
      }
    }

    @Override
    public List<Runnable> actions() {
      return List.of(
          () -> parcels.get(0).arrival.complete(null), () -> parcels.get(1).arrival.complete(null));
    }

    @Override
    public void check() {
      parcels.forEach(parcel -> parcel.arrival.complete(null));
      passed.forEach(
          each -> assertTrue(each.isDone() && !each.isCompletedExceptionally(), "left behind"));
      assertFalse(gate.isFull(10));
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
