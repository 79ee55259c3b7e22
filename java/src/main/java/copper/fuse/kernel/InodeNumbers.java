package copper.fuse.kernel;

import copper.model.FileStat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The inode numbers programs see: storage's own where that is possible, unique over all file
 * systems below the target, the same for hard links and for the mount's whole life.
 *
 * <p>The first file system seen, the target's, keeps its numbers. Those of the others get the
 * number of their file system in the upper bits. What does not fit is given a number and
 * remembered; such are numbers of more than 48 bits on a file system other than the first. Safe on
 * any thread.
 */
final class InodeNumbers {
  /** Numbers from here on are ours to give; Lustre's, the largest that are common, are smaller. */
  private static final long OURS = 0x7f00_0000_0000_0000L;

  private static final int DEVICE_SHIFT = 48;

  /** File systems that have a part of our numbers for themselves. */
  private static final int MOST_DEVICES = 0xff;

  private static final long GIVEN = OURS | ((long) MOST_DEVICES << DEVICE_SHIFT);

  private record Identity(long device, long inode) {}

  private final Map<Long, Integer> devices = new ConcurrentHashMap<>();
  private final Map<Identity, Long> given = new ConcurrentHashMap<>();
  private final AtomicLong lastGiven = new AtomicLong(GIVEN);

  /** Returns the number for a file with these attributes. */
  long of(FileStat stat) {
    return of(stat.dev(), stat.ino());
  }

  long of(long device, long inode) {
    int index = index(device);
    if (index == 0 && Long.compareUnsigned(inode, OURS) < 0) {
      return inode;
    }
    if (index > 0 && index < MOST_DEVICES && inode >>> DEVICE_SHIFT == 0) {
      return OURS | (long) index << DEVICE_SHIFT | inode;
    }
    return given.computeIfAbsent(
        new Identity(device, inode), unknown -> lastGiven.incrementAndGet());
  }

  private int index(long device) {
    Integer index = devices.get(device);
    if (index != null) {
      return index;
    }
    synchronized (devices) {
      return devices.computeIfAbsent(device, unknown -> devices.size());
    }
  }
}
