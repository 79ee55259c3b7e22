package copper.fuse.kernel;

import static copper.testing.Interleavings.together;
import static copper.testing.Interleavings.tryMany;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class InFlightOrderTest {
  private final Device device = new Device(null, -1);

  private Request request(long unique) {
    return new Request(device, ByteBuffer.allocate(64).putLong(Fuse.IN_UNIQUE, unique));
  }

  @Test
  void anInterruptFindsItsRequestWhicheverThreadIsFaster() {
    Request request = request(7);
    tryMany(
        () -> {
          InFlight inFlight = new InFlight();
          AtomicBoolean goesOn = new AtomicBoolean();
          AtomicReference<Request> found = new AtomicReference<>();
          together(
              () -> goesOn.set(inFlight.add(request)), () -> found.set(inFlight.interrupted(7)));
          assertTrue(!goesOn.get() || found.get() != null, "the interrupt is lost");
        });
  }

  @Test
  void anInterruptOfOneRequestLeavesTheOthersAlone() {
    Request request = request(7);
    Request other = request(8);
    tryMany(
        () -> {
          InFlight inFlight = new InFlight();
          AtomicBoolean goesOn = new AtomicBoolean();
          inFlight.add(other);
          together(
              () -> goesOn.set(inFlight.add(request)),
              () -> inFlight.interrupted(8),
              () -> inFlight.remove(other));
          assertTrue(goesOn.get());
          assertEquals(1, inFlight.size());
        });
  }
}
