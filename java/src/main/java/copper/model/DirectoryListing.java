package copper.model;

import java.util.List;

/**
 * The names in a directory, in the order storage gave them, "." and ".." among them.
 *
 * <p>Immutable; the arrays in it are owned by it and must not be changed.
 *
 * @param entries the entries
 */
public record DirectoryListing(List<Entry> entries) {
  /** The type of an entry whose type is not known, as it is in an answer of a C++ node. */
  public static final int UNKNOWN = 0;

  /** Takes an unmodifiable copy of the list. */
  public DirectoryListing {
    entries = List.copyOf(entries);
  }

  /**
   * One name of a directory.
   *
   * @param name its bytes, no '/' and no NUL in them
   * @param type the type bits of the mode (an S_IF constant of {@link FileStat}), or {@link
   *     #UNKNOWN}
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Entry(byte[] name, int type) {
    @Override
    public String toString() {
      return RawPath.printable(name);
    }
  }
}
