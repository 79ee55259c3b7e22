package copper.storage;

import copper.model.DirectoryVersion;
import copper.model.FileStat;
import copper.model.FileVersion;
import java.nio.ByteBuffer;

/**
 * Reads {@code struct statx} (linux/stat.h), whose layout is the same on every processor; struct
 * stat's is not, and glibc before 2.33 has no function named lstat to call.
 */
final class Statx {
  private static final int BLKSIZE = 4;
  private static final int NLINK = 16;
  private static final int UID = 20;
  private static final int GID = 24;
  private static final int MODE = 28;
  private static final int INO = 32;
  private static final int SIZE = 40;
  private static final int BLOCKS = 48;
  private static final int ATIME = 64;
  private static final int CTIME = 96;
  private static final int MTIME = 112;
  private static final int RDEV = 128;
  private static final int DEV = 136;

  private Statx() {}

  /** Returns the attributes in {@code record}, a struct statx at index 0. */
  static FileStat decode(ByteBuffer record) {
    return FileStat.builder()
        .dev(device(record, DEV))
        .ino(record.getLong(INO))
        .nlink(unsigned(record, NLINK))
        .mode(mode(record))
        .uid(record.getInt(UID))
        .gid(record.getInt(GID))
        .rdev(device(record, RDEV))
        .size(record.getLong(SIZE))
        .blksize(unsigned(record, BLKSIZE))
        .blocks(record.getLong(BLOCKS))
        .atime(record.getLong(ATIME), unsigned(record, ATIME + 8))
        .mtime(record.getLong(MTIME), unsigned(record, MTIME + 8))
        .ctime(record.getLong(CTIME), unsigned(record, CTIME + 8))
        .build();
  }

  /** Returns type and permission bits of the struct statx in {@code record}. */
  static int mode(ByteBuffer record) {
    return Short.toUnsignedInt(record.getShort(MODE));
  }

  /** Returns the state of the file with the struct statx in {@code record}. */
  static FileVersion version(ByteBuffer record) {
    return new FileVersion(
        record.getLong(INO),
        record.getLong(SIZE),
        record.getLong(MTIME),
        unsigned(record, MTIME + 8),
        record.getLong(CTIME),
        unsigned(record, CTIME + 8));
  }

  /** Returns the state of the directory with the struct statx in {@code record}. */
  static DirectoryVersion directoryVersion(ByteBuffer record) {
    return new DirectoryVersion(
        record.getLong(INO),
        record.getLong(MTIME),
        unsigned(record, MTIME + 8),
        record.getLong(CTIME),
        unsigned(record, CTIME + 8),
        0);
  }

  /**
   * Returns the device number of {@code major} and {@code minor}, as glibc's makedev joins them.
   */
  static long makedev(long major, long minor) {
    return ((major & 0xfff) << 8)
        | ((major & 0xfffff000L) << 32)
        | (minor & 0xff)
        | ((minor & 0xffffff00L) << 12);
  }

  private static long device(ByteBuffer record, int offset) {
    return makedev(unsigned(record, offset), unsigned(record, offset + 4));
  }

  private static long unsigned(ByteBuffer record, int offset) {
    return Integer.toUnsignedLong(record.getInt(offset));
  }
}
