package copper.storage;

import copper.model.FileSystemStat;
import java.nio.ByteBuffer;

/** Reads glibc's {@code struct statvfs} of 64-bit processors (bits/statvfs.h), 112 bytes. */
final class Statvfs {
  private Statvfs() {}

  /** Returns the fields in {@code record}, a struct statvfs at index 0. */
  static FileSystemStat decode(ByteBuffer record) {
    return new FileSystemStat(
        record.getLong(0),
        record.getLong(8),
        record.getLong(16),
        record.getLong(24),
        record.getLong(32),
        record.getLong(40),
        record.getLong(48),
        record.getLong(80));
  }
}
