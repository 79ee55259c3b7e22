package copper.model;

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
   * @param content the whole file
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record File(byte[] name, WholeFile content) {}
}
