package copper.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.FileStat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** The numbers and layouts taken from Linux and glibc. */
class LinuxLayoutTest {
  @Test
  void joinsDeviceNumbersAsGlibcDoes() {
    // The numbers are what a C program printed with glibc's makedev(3).
    assertEquals(0x103L, Statx.makedev(1, 3));
    assertEquals(0x10345L, Statx.makedev(0x103, 0x45));
    assertEquals(0x120006783459aL, Statx.makedev(0x12345, 0x6789a));
    assertEquals(0xfffffabcdefffe01L, Statx.makedev(0xfffffffeL, 0xabcdef01L));
  }

  @Test
  void keepsEveryBitOfStatx() {
    ByteBuffer record = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    record.putInt(4, 0xfffff000).putInt(16, 0x80000001).putInt(20, -2).putInt(24, -3);
    record.putShort(28, (short) 0120777).putLong(32, -4).putLong(40, 1L << 62);
    record.putLong(48, 1L << 61).putLong(64, -1).putInt(72, 999_999_999);
    record.putLong(96, 1L << 40).putInt(104, 1).putLong(112, -2).putInt(120, 2);
    record.putInt(128, 5).putInt(132, 6).putInt(136, 7).putInt(140, 8);
    FileStat stat = Statx.decode(record);
    FileStat expected =
        FileStat.builder()
            .blksize(0xfffff000L)
            .nlink(0x80000001L)
            .uid(-2)
            .gid(-3)
            .mode(0120777)
            .ino(-4)
            .size(1L << 62)
            .blocks(1L << 61)
            .atime(-1, 999_999_999)
            .ctime(1L << 40, 1)
            .mtime(-2, 2)
            .rdev(0x506)
            .dev(0x708)
            .build();
    assertEquals(expected, stat);
  }

  @Test
  void knowsItsProcessors() {
    assertEquals(LinuxAbi.X86_64, LinuxAbi.of("Linux", "amd64"));
    assertEquals(LinuxAbi.AARCH64, LinuxAbi.of("Linux", "aarch64"));
    IllegalStateException other =
        assertThrows(IllegalStateException.class, () -> LinuxAbi.of("Linux", "ppc64le"));
    assertTrue(other.getMessage().contains("ppc64le"), other.getMessage());
    assertThrows(IllegalStateException.class, () -> LinuxAbi.of("Mac OS X", "aarch64"));
  }
}
