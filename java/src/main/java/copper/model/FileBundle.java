package copper.model;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Small files of one directory with their data.
 *
 * <p>Immutable; what it refers to must not be changed.
 *
 * @param files the files, in no order
 */
public record FileBundle(List<File> files) {
  /** Takes an unmodifiable copy of the list. */
  public FileBundle {
    files = List.copyOf(files);
  }

  /**
   * One file.
   *
   * @param name its name in the directory, no '/' and no NUL in it
   * @param data the whole file, from position 0 to the limit
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record File(byte[] name, ByteBuffer data) {}
}
