package copper.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which fan-out is chosen, and from what. */
class FanOutsTest {
  /** A gigabyte that is read from front to end. */
  private static final Costs LARGE_FILE =
      new Costs(10_000, 1_200_000_000, 10_000, 200_000_000, 1024, 1L << 30, 900 << 20);

  @Test
  void theOriginalStaysWhereNothingIsToBeGained() {
    for (int size = 1; size <= 20_000; size += 1 + size / 9) {
      assertEquals(
          TreeShape.of(size).fanOut(), FanOuts.choose(Costs.DEFAULT, size), "size " + size);
    }
  }

  @Test
  void largeFilesWantFewChildren() {
    for (int size : new int[] {64, 512, 2048, 10_624}) {
      int chosen = FanOuts.choose(LARGE_FILE, size);
      assertTrue(chosen < TreeShape.of(size).fanOut(), chosen + " of " + size);
      double gain =
          FanOuts.seconds(LARGE_FILE, size, TreeShape.of(size).fanOut())
              / FanOuts.seconds(LARGE_FILE, size, chosen);
      assertTrue(gain > 1.2, "gain " + gain + " of " + size);
    }
  }

  @Test
  void longWaysWantManyChildren() {
    // Ten milliseconds from node to node, and next to nothing to send.
    Costs far = new Costs(10_000_000, 1_200_000_000, 1_000, 1_000_000, 1, 100, 0);
    assertTrue(FanOuts.choose(far, 10_000) > 16);
  }

  @Test
  void noChoiceIsExpectedToBeSlowerThanTheOriginal() {
    for (long bandwidth : new long[] {10_000_000, 1_000_000_000, 25_000_000_000L}) {
      for (long bytes : new long[] {0, 1_000_000, 1_000_000_000}) {
        for (int size = 1; size <= 20_000; size += 1 + size / 3) {
          Costs costs = new Costs(2_000, bandwidth, 5_000, 1_000_000, 300, bytes, bytes / 2);
          int chosen = FanOuts.choose(costs, size);
          assertTrue(chosen >= TreeRule.LEAST_FAN_OUT);
          assertTrue(
              FanOuts.seconds(costs, size, chosen)
                  <= FanOuts.seconds(costs, size, TreeShape.of(size).fanOut()));
        }
      }
    }
  }

  @Test
  void aFanOutThatIsAskedForIsTaken() {
    TreeRule rule = FanOuts.rule(LARGE_FILE, 512, 4, OptionalInt.of(9));
    assertEquals(new TreeRule(4, OptionalInt.of(9), true), rule);
    int chosen = FanOuts.choose(LARGE_FILE, 128);
    assertEquals(
        new TreeRule(4, OptionalInt.of(chosen), true),
        FanOuts.rule(LARGE_FILE, 512, 4, OptionalInt.empty()));
  }

  @Test
  void costsAreReadFromBesideTheBook(@TempDir Path dir) throws IOException, AddressBookException {
    Path book = dir.resolve("book.txt");
    assertEquals(Costs.DEFAULT, Costs.beside(book));
    Path file = Costs.file(book);
    assertEquals(dir.resolve("book.txt.costs"), file);
    Files.write(file, LARGE_FILE.lines());
    assertEquals(LARGE_FILE, Costs.beside(book));
    Files.writeString(file, "latency_ns 7\n\nbytes 9\n");
    assertEquals(
        new Costs(
            7,
            Costs.DEFAULT.bandwidth(),
            Costs.DEFAULT.message(),
            Costs.DEFAULT.program(),
            Costs.DEFAULT.calls(),
            9,
            Costs.DEFAULT.contended()),
        Costs.beside(book));
    for (String wrong :
        List.of("latency_ns", "latency_ns x", "speed 4", "calls 0", "bytes -1", "calls 1 2")) {
      Files.writeString(file, wrong + "\n");
      AddressBookException e =
          assertThrows(AddressBookException.class, () -> Costs.beside(book), wrong);
      assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    }
  }
}
