package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private final FakeKernel kernel = new FakeKernel();
  private final InFlight inFlight = new InFlight();

  private Request request(long unique) {
    ByteBuffer memory = ByteBuffer.allocate(Fuse.IN_HEADER).order(ByteOrder.nativeOrder());
    memory.putLong(Fuse.IN_UNIQUE, unique);
    return new Request(kernel.device(), memory);
  }

  @Test
  void anInterruptFindsItsRequest() {
    Request request = request(4);
    assertTrue(inFlight.add(request));
    assertSame(request, inFlight.interrupted(4));
    assertNull(inFlight.interrupted(6));
  }

  @Test
  void anInterruptThatComesFirstIsKeptForItsRequest() {
    assertNull(inFlight.interrupted(4));
    assertTrue(inFlight.add(request(2)));
    assertFalse(inFlight.add(request(4)));
    assertTrue(inFlight.add(request(6)));
  }

  @Test
  void aDeviceIsAwaitedWhileItsRequestsAre() {
    Request request = request(4);
    inFlight.add(request);
    assertTrue(kernel.device().isAwaited());
    inFlight.remove(request);
    assertFalse(kernel.device().isAwaited());
  }
}
