package copper.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import copper.simulate.VirtualTime;
import org.junit.jupiter.api.Test;

class ReclaimerTest {
  private static final long OTHERS = 10;
  private static final long GARBAGE = 40;

  private final VirtualTime time = new VirtualTime();
  private long kept;
  private long used;
  private long freed;
  private int collections;
  private final Reclaimer reclaimer =
      new Reclaimer(() -> used, () -> kept, OTHERS, GARBAGE, time, this::collect);

  private void collect() {
    collections++;
    used -= freed;
  }

  private void use(long bytes) {
    used += bytes;
    reclaimer.look();
    time.settle();
  }

  @Test
  void aCacheThatFillsNeedsNoCollection() {
    for (int i = 0; i < 1000; i++) {
      kept += 7;
      use(7);
    }
    assertEquals(0, collections);
  }

  @Test
  void whatIsNotKeptIsCollectedWhenItIsTooMuch() {
    kept = 100;
    use(100 + OTHERS + GARBAGE - 1);
    assertEquals(0, collections);
    freed = GARBAGE;
    use(1);
    assertEquals(1, collections);
    use(GARBAGE - 1);
    assertEquals(1, collections);
    use(1);
    assertEquals(2, collections);
  }

  @Test
  void whatIsInUseAllTheSameIsNotCollectedOverAndOver() {
    use(500);
    assertEquals(1, collections);
    for (int i = 0; i < GARBAGE / 4 * 3 - 1; i++) {
      use(1);
    }
    assertEquals(1, collections);
    use(1);
    assertEquals(2, collections);
  }

  @Test
  void whatIsFreedAfterTheCollectionCounts() {
    use(500);
    assertEquals(1, collections);
    // The buffers it found are freed by another thread, bit by bit.
    use(-450);
    use(OTHERS + GARBAGE - 50);
    assertEquals(1, collections);
    freed = 50;
    use(GARBAGE);
    assertEquals(2, collections);
  }
}
