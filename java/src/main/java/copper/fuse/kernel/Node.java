package copper.fuse.kernel;

import copper.model.FileStat;
import copper.model.RawPath;
import java.util.concurrent.atomic.AtomicLong;

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
  private volatile long size = -1;

  /** The epoch in which the kernel was last offered this file's pages, and one more; 0 if never. */
  private final AtomicLong offered = new AtomicLong();

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

  /** Returns the length the kernel was told last; -1 before it was told any. */
  long size() {
    return size;
  }

  /** Keeps what the kernel is told of this file. */
  void told(FileStat stat, long number) {
    size = stat.size();
    inode = number;
  }

  /** Tells whether nobody has called this in the epoch {@code epoch} before. */
  boolean offerPages(long epoch) {
    return offered.getAndSet(epoch + 1) != epoch + 1;
  }

  /** Returns what those who read this directory piece by piece have read from. */
  Listings listings() {
    return listings;
  }
}
