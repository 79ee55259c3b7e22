package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class InodeNumbersTest {
  /** A number of Lustre, which makes them of the 128 bits it has. */
  private static final long LUSTRE = 0x2000_0040_0000_0a11L;

  private record File(long device, long inode) {}

  @Test
  void theTargetsOwnFileSystemKeepsItsNumbers() {
    InodeNumbers numbers = new InodeNumbers();
    assertEquals(2, numbers.of(10, 2));
    assertEquals(LUSTRE, numbers.of(10, LUSTRE));
  }

  @Test
  void filesOfTwoFileSystemsDiffer() {
    InodeNumbers numbers = new InodeNumbers();
    assertEquals(2, numbers.of(10, 2));
    assertNotEquals(2, numbers.of(11, 2));
    assertNotEquals(numbers.of(11, 2), numbers.of(12, 2));
    assertEquals(numbers.of(11, 2), numbers.of(11, 2));
  }

  @Property
  void noTwoFilesShareANumberAndNoneChangesIt(
      @ForAll List<@IntRange(max = 400) Integer> devices, @ForAll List<Long> inodes) {
    InodeNumbers numbers = new InodeNumbers();
    Map<Long, File> owners = new HashMap<>();
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < Math.min(devices.size(), inodes.size()); i++) {
        File file = new File(devices.get(i), inodes.get(i));
        long number = numbers.of(file.device(), file.inode());
        File owner = owners.putIfAbsent(number, file);
        assertEquals(owner == null ? file : owner, file);
      }
    }
  }

  /** Numbers chosen to meet those that are given. */
  @Property
  void evenOddNumbersDoNotMeet(
      @ForAll @IntRange(max = 300) int device, @ForAll @IntRange(max = 300) int other) {
    InodeNumbers numbers = new InodeNumbers();
    for (int i = 0; i <= 300; i++) {
      numbers.of(i, 1);
    }
    long given = numbers.of(device, 7);
    long taken = numbers.of(other, given);
    if (device != other || given != 7) {
      assertNotEquals(given, taken);
    }
  }
}
