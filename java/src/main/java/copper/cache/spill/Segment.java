package copper.cache.spill;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One file of spilled records, one behind the other; removed as a whole.
 *
 * <p>Written by one thread, read by any. Reading one that is being removed fails with a
 * ClosedChannelException.
 */
final class Segment {
  private final SpillDirectory directory;
  private final String name;
  private final FileChannel file;
  private final List<Object> keys = new ArrayList<>();
  private long length;

  /**
   * Where a record lies.
   *
   * @param length its bytes
   * @param checksum CRC-32C of these
   * @param tag as it was offered
   */
  record Place(Segment segment, long offset, int length, int checksum, long tag) {}

  Segment(SpillDirectory directory, String name) throws IOException {
    this.directory = directory;
    this.name = name;
    this.file = directory.create(name);
  }

  /** Appends a record. */
  Place append(Object key, ByteBuffer data, long tag) throws IOException {
    ByteBuffer left = data.duplicate();
    left.rewind();
    int bytes = left.remaining();
    long offset = length;
    while (left.hasRemaining()) {
      file.write(left, offset + left.position());
    }
    length += bytes;
    keys.add(key);
    return new Place(this, offset, bytes, checksum(data.duplicate().rewind()), tag);
  }

  /**
   * Reads a record; null if it is not what was written.
   *
   * @throws IOException if it cannot be read, or the segment is being removed
   */
  ByteBuffer read(Place place) throws IOException {
    ByteBuffer data = ByteBuffer.allocateDirect(place.length());
    while (data.hasRemaining()) {
      if (file.read(data, place.offset() + data.position()) < 0) {
        return null;
      }
    }
    data.flip();
    return checksum(data.duplicate()) == place.checksum() ? data : null;
  }

  private static int checksum(ByteBuffer data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return (int) crc.getValue();
  }

  /** Returns the keys of all records that were written, some of which may have others since. */
  List<Object> keys() {
    return keys;
  }

  long length() {
    return length;
  }

  /** Closes and removes the file. */
  void remove() throws IOException {
    file.close();
    directory.delete(name);
  }
}
