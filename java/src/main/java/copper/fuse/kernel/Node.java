package copper.fuse.kernel;

import copper.model.FileStat;
import copper.model.RawPath;

/**
 * A file as the kernel holds it: an id that is never used again, for one path and one file type.
 *
 * <p>The lookups are guarded by the {@link NodeTable} that made it; the rest is safe on any thread.
 */
final class Node {
  private final long id;
  private final long parent;
  private final RawPath path;
  private final int type;

  /** How often the kernel was told of it and has not forgotten. */
  private long lookups;

  private volatile long inode;
  private final Listings listings = new Listings();

  /**
   * Makes a node.
   *
   * @param parent the id of the directory it is in; its own for the root
   * @param path below the mount point
   * @param type the mode's type bits
   */
  Node(long id, long parent, RawPath path, int type) {
    this.id = id;
    this.parent = parent;
    this.path = path;
    this.type = type;
  }

  long id() {
    return id;
  }

  long parent() {
    return parent;
  }

  RawPath path() {
    return path;
  }

  int type() {
    return type;
  }

  boolean isDirectory() {
    return type == FileStat.S_IFDIR;
  }

  boolean isRoot() {
    return id == Fuse.ROOT_ID;
  }

  /** Adds to the lookups and returns their number; under the lock of the table. */
  long addLookups(long number) {
    lookups += number;
    return lookups;
  }

  /** Returns the inode number programs see, 0 before they have seen any. */
  long inode() {
    return inode;
  }

  void inode(long number) {
    inode = number;
  }

  /** Returns what those who read this directory piece by piece have read from. */
  Listings listings() {
    return listings;
  }
}
