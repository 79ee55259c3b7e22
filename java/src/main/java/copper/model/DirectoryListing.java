package copper.model;

import java.util.List;
import java.util.Optional;

/**
 * The names in a directory, in the order storage gave them, "." and ".." among them.
 *
 * <p>Immutable; the arrays in it are owned by it and must not be changed.
 *
 * @param entries the entries
 * @param current whether a name that is not among the entries may be taken as missing for the time
 *     to live of ENOENT, since it was so within as much time before
 */
public record DirectoryListing(List<Entry> entries, boolean current) {
  /** The type of an entry whose type is not known, as it is in an answer of a C++ node. */
  public static final int UNKNOWN = 0;

  /** Takes an unmodifiable copy of the list. */
  public DirectoryListing {
    entries = List.copyOf(entries);
  }

  /** Makes a listing that says nothing of other names. */
  public DirectoryListing(List<Entry> entries) {
    this(entries, false);
  }

  /** Returns this listing, current or not. */
  public DirectoryListing with(boolean currency) {
    return currency == current ? this : new DirectoryListing(entries, currency);
  }

  /**
   * One name of a directory.
   *
   * @param name its bytes, no '/' and no NUL in them
   * @param type the type bits of the mode (an S_IF constant of {@link FileStat}), or UNKNOWN
   * @param stat the attributes, where they came with the name
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Entry(byte[] name, int type, Optional<FileStat> stat) {
    /** Makes an entry without attributes. */
    public Entry(byte[] name, int type) {
      this(name, type, Optional.empty());
    }

    /** Returns this entry with its attributes, whose type is then the entry's. */
    public Entry with(FileStat attributes) {
      return new Entry(name, attributes.type(), Optional.of(attributes));
    }

    /** Tells whether this is "." or "..". */
    public boolean isSelfOrParent() {
      return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
    }

    @Override
    public String toString() {
      return RawPath.printable(name);
    }
  }
}
