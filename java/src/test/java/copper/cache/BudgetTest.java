package copper.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class BudgetTest {
  @Property
  void theSharesAreWhatWasGiven(
      @ForAll @LongRange(min = Budget.LEAST, max = 1L << 50) long bytes,
      @ForAll @LongRange(min = 0, max = 1L << 40) long heap) {
    Budget budget = Budget.of(bytes, heap);
    assertEquals(bytes, budget.total());
    assertTrue(budget.metadata() <= heap);
    assertTrue(budget.metadata() >= 0 && budget.recent() > 0 && budget.onTheWay() > 0);
    assertTrue(budget.kept() >= bytes / 2, () -> "most of it is for the cache: " + budget);
  }

  @Example
  void tooLittleIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Budget.of(Budget.LEAST - 1, 1 << 20));
  }
}
