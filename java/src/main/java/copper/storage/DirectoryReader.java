package copper.storage;

import copper.model.DirectoryListing;
import copper.model.FileStat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a whole directory as the kernel's struct linux_dirent64 records (getdents64(2)).
 *
 * <p>readdir(3) would need a native call per name.
 */
final class DirectoryReader {
  private static final int RECORD_LENGTH = 16;
  private static final int TYPE = 18;
  private static final int NAME = 19;

  private DirectoryReader() {}

  /** Returns the names in {@code directory} with their types. */
  static DirectoryListing read(Scratch scratch, OpenFile directory) throws ErrnoException {
    List<DirectoryListing.Entry> entries = new ArrayList<>();
    for (int length = directory.getdents(); length > 0; length = directory.getdents()) {
      decode(scratch.io(), length, entries);
    }
    return new DirectoryListing(entries);
  }

  private static void decode(ByteBuffer records, int length, List<DirectoryListing.Entry> entries) {
    int at = 0;
    while (at < length) {
      int end = at + Short.toUnsignedInt(records.getShort(at + RECORD_LENGTH));
      entries.add(
          new DirectoryListing.Entry(name(records, at + NAME), type(records.get(at + TYPE))));
      at = end;
    }
  }

  private static byte[] name(ByteBuffer records, int start) {
    int end = start;
    while (records.get(end) != 0) {
      end++;
    }
    byte[] name = new byte[end - start];
    records.get(start, name);
    return name;
  }

  /** Returns the mode's type bits for a d_type, as DTTOIF in dirent.h; unknown for a whiteout. */
  private static int type(byte directoryType) {
    int bits = directoryType << 12;
    return FileStat.isType(bits) ? bits : DirectoryListing.UNKNOWN;
  }
}
