package copper.model;

import java.util.List;
import java.util.Optional;

/**
 * The names in a directory, in the order storage gave them, "." and ".." among them; of a large
 * directory perhaps a part of them.
 *
 * <p>Immutable; the arrays in it are owned by it and must not be changed.
 *
 * @param entries the entries
 * @param current whether a name that is not in the whole directory may be taken as missing for the
 *     time to live of ENOENT, since it was so within as much time before
 * @param version which reading of the directory this is
 * @param total how many entries the whole directory has
 */
public record DirectoryListing(
    List<Entry> entries, boolean current, DirectoryVersion version, int total) {
  /** The type of an entry whose type is not known, as it is in an answer of a C++ node. */
  public static final int UNKNOWN = 0;

  /** Takes an unmodifiable copy of the list. */
  public DirectoryListing {
    entries = List.copyOf(entries);
  }

  /** Makes a listing of all names that says nothing of others. */
  public DirectoryListing(List<Entry> entries) {
    this(entries, false, DirectoryVersion.NONE, entries.size());
  }

  /** Returns this listing, current or not. */
  public DirectoryListing with(boolean currency) {
    return currency == current ? this : new DirectoryListing(entries, currency, version, total);
  }

  /** Returns this listing as that reading of the directory. */
  public DirectoryListing with(DirectoryVersion reading) {
    return new DirectoryListing(entries, current, reading, total);
  }

  /** Returns this listing with these entries in place of its own. */
  public DirectoryListing with(List<Entry> others) {
    return new DirectoryListing(others, current, version, total);
  }

  /** Tells whether these are all names. */
  public boolean isComplete() {
    return entries.size() == total;
  }

  /** Returns at most {@code most} of the entries of this listing, from {@code from} on. */
  public DirectoryListing part(int from, int most) {
    return from == 0 && entries.size() <= most
        ? this
        : with(entries.subList(from, Math.min(entries.size(), from + most)));
  }

  /**
   * One name of a directory.
   *
   * @param name its bytes, no '/' and no NUL in them
   * @param type the type bits of the mode (an S_IF constant of {@link FileStat}), or UNKNOWN
   * @param stat the attributes, where they came with the name
   * @param target where a symbolic link leads, if that came too
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Entry(byte[] name, int type, Optional<FileStat> stat, Optional<byte[]> target) {
    /** Makes an entry without attributes. */
    public Entry(byte[] name, int type) {
      this(name, type, Optional.empty(), Optional.empty());
    }

    /** Returns this entry with its attributes, whose type is then the entry's. */
    public Entry with(FileStat attributes) {
      return new Entry(name, attributes.type(), Optional.of(attributes), target);
    }

    /** Returns this entry of a symbolic link with its target. */
    public Entry with(byte[] link) {
      return new Entry(name, type, stat, Optional.of(link));
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
