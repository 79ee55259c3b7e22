package copper.store;

import copper.model.DirectoryListing;
import java.util.Arrays;
import java.util.List;

/**
 * The names in a directory, to tell which are not: eight bytes a name, however long.
 *
 * <p>Holds hashes. That a name is missing is certain; that one is there is to be looked up.
 */
final class NameSet {
  private static final long FNV_BASIS = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final long[] hashes;

  private NameSet(long[] hashes) {
    this.hashes = hashes;
  }

  static NameSet of(List<DirectoryListing.Entry> entries) {
    return new NameSet(hashes(entries));
  }

  private static long[] hashes(List<DirectoryListing.Entry> entries) {
    long[] hashes = new long[entries.size()];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = hash(entries.get(i).name());
    }
    Arrays.sort(hashes);
    return hashes;
  }

  /** FNV-1a in 64 bits. */
  private static long hash(byte[] name) {
    long hash = FNV_BASIS;
    for (byte b : name) {
      hash = (hash ^ (b & 0xff)) * FNV_PRIME;
    }
    return hash;
  }

  /** Tells whether there may be a name like this; if not, there is none. */
  boolean mayHave(byte[] name) {
    return Arrays.binarySearch(hashes, hash(name)) >= 0;
  }

  /** Tells whether all names here are among {@code entries}. */
  boolean isWithin(List<DirectoryListing.Entry> entries) {
    long[] others = hashes(entries);
    int at = 0;
    for (long hash : hashes) {
      while (at < others.length && others[at] < hash) {
        at++;
      }
      if (at == others.length || others[at] != hash) {
        return false;
      }
    }
    return true;
  }

  /** Returns how many names there are. */
  int size() {
    return hashes.length;
  }
}
