package copper.model;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * A stretch of a file with the checksum that the node which read it from storage made.
 *
 * @param data position 0 to limit; must not be changed
 * @param checksum CRC-32 of the data
 */
public record Chunk(ByteBuffer data, int checksum) {
  /** Makes a chunk of data that was just read from storage. */
  public static Chunk of(ByteBuffer data) {
    return new Chunk(data, checksum(data));
  }

  /** Tells whether the data is what it was when it was read from storage. */
  public boolean isIntact() {
    return checksum(data) == checksum;
  }

  private static int checksum(ByteBuffer data) {
    CRC32 crc = new CRC32();
    crc.update(data.duplicate());
    return (int) crc.getValue();
  }
}
