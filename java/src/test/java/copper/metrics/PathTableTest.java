package copper.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.RawPath;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A table of paths stays small and keeps those that matter. */
class PathTableTest {
  private static RawPath path(int i) {
    return RawPath.of(String.format("/p%05d", i));
  }

  @Test
  void theMostUsedComeFirstAndEqualOnesByName() {
    PathTable table = new PathTable(100, 2);
    for (int i = 0; i < 10; i++) {
      for (int k = 0; k <= i / 2; k++) {
        table.add(path(i), k % 2);
      }
    }
    List<PathTable.Row> top = table.top(3);
    assertEquals(
        List.of(path(8), path(9), path(6)), top.stream().map(PathTable.Row::path).toList());
    assertEquals(5, top.get(0).total());
    assertEquals(3, top.get(0).counts()[0]);
    assertEquals(2, top.get(0).counts()[1]);
  }

  @Test
  void rarelyUsedPathsAreDroppedAndCountsAreNeverTooHigh() {
    PathTable table = new PathTable(100, 1);
    for (int i = 0; i < 10_000; i++) {
      table.add(path(i), 0);
      table.add(path(i % 50), 0);
    }
    List<PathTable.Row> rows = table.top(Integer.MAX_VALUE);
    assertTrue(rows.size() <= 125, () -> rows.size() + " paths are kept");
    assertEquals(10_000 - rows.size(), table.dropped());
    for (int i = 0; i < 50; i++) {
      assertEquals(path(i), rows.get(i).path());
      assertEquals(201, rows.get(i).total());
    }
  }
}
