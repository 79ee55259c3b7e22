package copper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.FileVersion;
import copper.model.RawPath;
import copper.store.ReadAhead.Range;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
  private static final RawPath FILE = RawPath.of("/file");
  private static final FileVersion VERSION = new FileVersion(1, 1L << 40, 2, 3, 4, 5);

  private final ReadAhead ahead = new ReadAhead(16);

  private Range program(long index) {
    return ahead.next(FILE, VERSION, index, index, false);
  }

  private Range child(long index) {
    return ahead.next(FILE, VERSION, index, index, true);
  }

  private static long length(Range range) {
    return Math.max(0, range.to() - range.from() + 1);
  }

  @Test
  void aProgramThatGoesOnHasMoreAndMoreComeAhead() {
    assertEquals(0, length(program(0)));
    assertEquals(new Range(2, 2), program(1));
    assertEquals(new Range(3, 4), program(2));
    assertEquals(new Range(5, 7), program(3));
    assertEquals(new Range(8, 12), program(4));
    assertEquals(new Range(13, 21), program(5));
    assertEquals(new Range(22, 22), program(6));
  }

  @Test
  void noChunkComesAheadTwiceAndNoneIsLeftOut() {
    Set<Long> come = new HashSet<>();
    for (long i = 0; i < 100; i++) {
      Range range = program(i);
      assertTrue(i < 2 || come.contains(i), "chunk " + i);
      for (long index = range.from(); index <= range.to(); index++) {
        assertTrue(come.add(index), "chunk " + index);
      }
    }
  }

  @Test
  void aChildHasAQuarterOfWhatItAskedForInARowComeAhead() {
    long furthest = 0;
    for (long i = 0; i < 100; i++) {
      Range range = child(i);
      furthest = Math.max(furthest, range.to());
      assertTrue(furthest <= i + Math.min(16, (i + 1) / 4), "ahead of " + i + ": " + furthest);
    }
    assertEquals(99 + 16, furthest);
  }

  @Test
  void whoJumpsHasNothingComeAhead() {
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      assertEquals(0, length(program(1000L * random.nextInt(1 << 20))));
    }
  }

  @Property(tries = 30)
  void readersOfOneFileDoNotDisturbEachOther(
      @ForAll @IntRange(min = 2, max = 8) int readers, @ForAll Random random) {
    Map<Integer, Long> positions = new HashMap<>();
    Set<Long> come = new HashSet<>();
    for (int i = 0; i < 3000; i++) {
      int reader = random.nextInt(readers);
      long at = positions.merge(reader, 1L, Long::sum) - 1;
      long index = reader * 100_000L + at;
      Range range = program(index);
      assertTrue(at < 2 || come.contains(index), "chunk " + at + " of reader " + reader);
      for (long next = range.from(); next <= range.to(); next++) {
        come.add(next);
      }
    }
  }

  @Test
  void aReaderCloseBehindAnotherNeedsNothingOfItsOwn() {
    for (long i = 0; i < 50; i++) {
      program(i);
    }
    for (long i = 40; i < 50; i++) {
      assertEquals(Range.NONE, program(i));
    }
    assertEquals(50 + 16, program(50).to());
  }

  @Test
  void chunksInEitherOrderAreOneRun() {
    for (long i = 0; i < 100; i += 2) {
      program(i + 1);
      program(i);
    }
    assertEquals(101 + 16, program(101).to());
  }

  @Test
  void aFileIsScatteredOnceItIsReadInASecondPlace() {
    assertFalse(ahead.turnsScattered(FILE, VERSION));
    for (long i = 0; i < 50; i++) {
      program(i);
      assertFalse(ahead.turnsScattered(FILE, VERSION), "read on to " + i);
    }
    program(1000);
    assertTrue(ahead.turnsScattered(FILE, VERSION));
    program(2000);
    assertFalse(ahead.turnsScattered(FILE, VERSION), "it is known");
    ahead.clear();
    assertFalse(ahead.turnsScattered(FILE, VERSION));
    program(0);
    program(1000);
    assertTrue(ahead.turnsScattered(FILE, VERSION));
  }

  @Test
  void anotherVersionIsAnotherFile() {
    for (long i = 0; i < 50; i++) {
      program(i);
    }
    FileVersion changed = new FileVersion(1, 1L << 40, 2, 4, 4, 5);
    assertEquals(Range.NONE, ahead.next(FILE, changed, 50, 50, false));
  }
}
