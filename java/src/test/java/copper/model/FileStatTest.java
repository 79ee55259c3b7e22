package copper.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The image is the one a C program has, field by field. */
class FileStatTest {
  /** A struct stat as a C program on x86-64 (glibc) wrote it, with each field set as below. */
  private static final String IMAGE =
      "0807060504030201" // st_dev 0x0102030405060708
          + "1817161514131211" // st_ino 0x1112131415161718
          + "2827262524232221" // st_nlink 0x2122232425262728
          + "34333231" // st_mode 0x31323334
          + "44434241" // st_uid 0x41424344
          + "54535251" // st_gid 0x51525354
          + "00000000"
          + "6867666564636261" // st_rdev 0x6162636465666768
          + "7877767574737271" // st_size 0x7172737475767778
          + "11100f0e0d0c0b0a" // st_blksize 0x0a0b0c0d0e0f1011
          + "21201f1e1d1c1b1a" // st_blocks 0x1a1b1c1d1e1f2021
          + "31302f2e2d2c2b2a" // st_atim.tv_sec 0x2a2b2c2d2e2f3031
          + "3d3c3b3a00000000" // st_atim.tv_nsec 0x3a3b3c3d
          + "51504f4e4d4c4b4a" // st_mtim.tv_sec 0x4a4b4c4d4e4f5051
          + "1d1c1b1a00000000" // st_mtim.tv_nsec 0x1a1b1c1d
          + "feffffffffffffff" // st_ctim.tv_sec -2
          + "ffc99a3b00000000" // st_ctim.tv_nsec 999999999
          + "000000000000000000000000000000000000000000000000";

  private static final byte[] BYTES = HexFormat.of().parseHex(IMAGE);

  @Test
  void readsTheImageOfC() {
    FileStat stat = FileStat.of(BYTES);
    assertEquals(0x0102030405060708L, stat.dev());
    assertEquals(0x1112131415161718L, stat.ino());
    assertEquals(0x2122232425262728L, stat.nlink());
    assertEquals(0x31323334, stat.mode());
    assertEquals(0x41424344, stat.uid());
    assertEquals(0x51525354, stat.gid());
    assertEquals(0x6162636465666768L, stat.rdev());
    assertEquals(0x7172737475767778L, stat.size());
    assertEquals(0x0a0b0c0d0e0f1011L, stat.blksize());
    assertEquals(0x1a1b1c1d1e1f2021L, stat.blocks());
    assertEquals(0x2a2b2c2d2e2f3031L, stat.atimeSeconds());
    assertEquals(0x3a3b3c3d, stat.atimeNanos());
    assertEquals(0x4a4b4c4d4e4f5051L, stat.mtimeSeconds());
    assertEquals(0x1a1b1c1d, stat.mtimeNanos());
    assertEquals(-2, stat.ctimeSeconds());
    assertEquals(999_999_999, stat.ctimeNanos());
  }

  private static FileStat.Builder built() {
    return FileStat.builder()
        .dev(0x0102030405060708L)
        .ino(0x1112131415161718L)
        .nlink(0x2122232425262728L)
        .mode(0x31323334)
        .uid(0x41424344)
        .gid(0x51525354)
        .rdev(0x6162636465666768L)
        .size(0x7172737475767778L)
        .blksize(0x0a0b0c0d0e0f1011L)
        .blocks(0x1a1b1c1d1e1f2021L)
        .atime(0x2a2b2c2d2e2f3031L, 0x3a3b3c3d)
        .mtime(0x4a4b4c4d4e4f5051L, 0x1a1b1c1d)
        .ctime(-2, 999_999_999);
  }

  @Test
  void writesTheImageOfC() {
    assertEquals(IMAGE, HexFormat.of().formatHex(built().build().toBytes()));
    assertEquals(FileStat.of(BYTES), built().build());
    assertEquals(FileStat.of(BYTES).hashCode(), built().build().hashCode());
    assertNotEquals(FileStat.of(BYTES), built().size(1).build());
  }

  @Test
  void isImmutable() {
    byte[] given = BYTES.clone();
    FileStat stat = FileStat.of(given);
    given[0] = 99;
    stat.toBytes()[1] = 99;
    assertArrayEquals(BYTES, stat.toBytes());
    assertThrows(ReadOnlyBufferException.class, () -> stat.view().put(0, (byte) 1));
    FileStat.Builder builder = built();
    FileStat before = builder.build();
    builder.size(1);
    assertEquals(0x7172737475767778L, before.size());
  }

  @Test
  void isCopiedAndViewed() {
    byte[] target = new byte[FileStat.SIZE + 3];
    FileStat.of(BYTES).copyTo(target, 2);
    assertEquals("0000" + IMAGE + "00", HexFormat.of().formatHex(target));
    assertEquals(ByteOrder.LITTLE_ENDIAN, FileStat.of(BYTES).view().order());
    assertEquals(FileStat.SIZE, FileStat.of(BYTES).view().remaining());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 143, 145})
  void otherLengthsAreRefused(int length) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> FileStat.of(new byte[length]));
    assertTrue(e.getMessage().endsWith("this has " + length), e.getMessage());
  }

  /** The numbers of S_ISDIR and its like, as Python's stat module has them. */
  @ParameterizedTest
  @CsvSource({
    "16877, 16384, true, false, false",
    "33188, 32768, false, true, false",
    "41471, 40960, false, false, true",
    "8630, 8192, false, false, false",
    "25008, 24576, false, false, false",
    "4516, 4096, false, false, false",
    "49645, 49152, false, false, false",
    "0, 0, false, false, false",
  })
  void knowsTheTypes(int mode, int type, boolean directory, boolean file, boolean link) {
    FileStat stat = FileStat.builder().mode(mode).build();
    assertEquals(type, stat.type());
    assertEquals(directory, stat.isDirectory());
    assertEquals(file, stat.isRegularFile());
    assertEquals(link, stat.isSymbolicLink());
  }

  @Test
  void printsWhatPeopleLookFor() {
    String text = FileStat.builder().mode(0100644).size(5).mtime(7, 8).build().toString();
    assertEquals(
        "FileStat[mode=100644, size=5, ino=0, nlink=0, uid=0, gid=0, mtime=7.000000008]", text);
    assertFalse(text.contains("\n"));
  }
}
