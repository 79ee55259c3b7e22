package copper.cache;

import static copper.testing.Interleavings.together;
import static copper.testing.Interleavings.tryMany;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GateOrderTest {
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

  private void passesAllAndNeverTooMuch(long first, long second, long third) {
    tryMany(
        () -> {
          Gate gate = new Gate(10, Runnable::run);
          AtomicLong onTheWay = new AtomicLong();
          Parcel[] parcels = {
            new Parcel(first, onTheWay), new Parcel(second, onTheWay), new Parcel(third, onTheWay)
          };
          CompletableFuture<?>[] passed = new CompletableFuture<?>[3];
          passed[0] = parcels[0].pass(gate);
          together(
              () -> passed[1] = parcels[1].pass(gate),
              () -> passed[2] = parcels[2].pass(gate),
              () -> parcels[0].arrival.complete(null));
          parcels[1].arrival.complete(null);
          parcels[2].arrival.complete(null);
          for (CompletableFuture<?> each : passed) {
            assertTrue(each.isDone() && !each.isCompletedExceptionally(), "left behind");
          }
          assertFalse(gate.isFull(10));
        });
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
