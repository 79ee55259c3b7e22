package copper.fuse.kernel;

import static copper.testing.Interleavings.together;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.storage.MayBlock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WorkersOrderTest {
  private static final int TIMES = 30;
  private static final int REQUESTS = 60;
  private static final int LAST = REQUESTS + 1;
  private static final long PATIENCE_SECONDS = 60;

  private final FakeKernel kernel = new FakeKernel();
  private final Set<Integer> handled = ConcurrentHashMap.newKeySet();
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch answered = new CountDownLatch(REQUESTS + 1);
  private final Set<String> problems = ConcurrentHashMap.newKeySet();
  private final Workers workers = new Workers(kernel.device(), this::handle);

  /** Every other request waits, as for storage, until the last one comes. */
  private void handle(Device from, NativeMemory memory, int length) {
    int number = memory.bytes().getInt(0);
    if (!handled.add(number)) {
      problems.add(number + " came twice");
    }
    if (number == LAST) {
      released.countDown();
    } else if (number % 2 == 0 && MayBlock.here()) {
      await(released, "the requests that wait");
    }
    answered.countDown();
  }

  private void await(CountDownLatch what, String name) {
    try {
      if (!what.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        problems.add("nothing comes of " + name);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void request(int from, int to) {
    for (int number = from; number < to; number++) {
      kernel.request(number);
    }
  }

  private void unmountedLeavesNothing() throws InterruptedException {
    assertTrue(workers.awaitEnd(PATIENCE_SECONDS), "threads are left");
    assertEquals(Set.of(), problems);
    assertEquals(0, kernel.clones());
  }

  @Test
  void howeverManyWaitEachRequestIsReadOnce() throws InterruptedException {
    for (int i = 0; i < TIMES; i++) {
      WorkersOrderTest round = new WorkersOrderTest();
      round.workers.start();
      together(
          () -> round.request(0, REQUESTS / 3),
          () -> round.request(REQUESTS / 3, REQUESTS / 3 * 2),
          () -> round.request(REQUESTS / 3 * 2, REQUESTS));
      round.kernel.request(LAST);
      round.await(round.answered, "the answers");
      round.kernel.unmount();
      round.unmountedLeavesNothing();
      assertEquals(REQUESTS + 1, round.handled.size());
    }
  }

  @Test
  void unmountedWhileRequestsComeAllThreadsEnd() throws InterruptedException {
    for (int i = 0; i < TIMES; i++) {
      WorkersOrderTest round = new WorkersOrderTest();
      round.workers.start();
      together(() -> round.request(0, REQUESTS), round.released::countDown, round.kernel::unmount);
      // What came after the end is not read, and what was read before is answered.
      round.kernel.unmount();
      round.unmountedLeavesNothing();
    }
  }
}
