package copper.fuse.kernel;

import copper.model.FileStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file as the kernel holds it: an id that is never used again, for one path and one file type,
 * and of regular files and links for one state of their content, until the kernel has forgotten
 * both attributes and pages. So no page of one state is ever read beside the length, or the pages,
 * of another.
 *
 * <p>The lookups are guarded by the {@link NodeTable} that made it; the rest is safe on any thread.
 */
final class Node {
  /** A request is read and answered in less, unless the answer has to be asked for. */
  private static final long LATELY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final long id;
  private final long parent;
  private final RawPath path;
  private final int type;

  /** How often the kernel was told of it and has not forgotten. */
  private long lookups;

  private volatile long inode;

  /** The attributes the kernel was told last; null before it was told any. */
  private volatile FileStat stat;

  /** The epoch in which the kernel was last offered this file's pages, and one more; 0 if never. */
  private final AtomicLong offered = new AtomicLong();

  private final Listings listings = new Listings();

  /** Guards what follows. */
  private final Object content = new Object();

  /** The state the kernel has heard of; null when it knows nothing of the content. */
  private FileVersion version;

  /** How often the kernel was told something of the content. */
  private long tellings;

  /** Reads that are being answered: those from before the last call of awaitReads, and others. */
  private final int[] reads = new int[2];

  private int turn;

  private volatile OptionalLong forgottenAt = OptionalLong.empty();

  /** Whether somebody sees to it that the kernel forgets this node. */
  private final AtomicBoolean outdated = new AtomicBoolean();

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
    FileStat told = stat;
    return told == null ? -1 : told.size();
  }

  /** Keeps what the kernel is told of this file, with which it {@linkplain #goesWith goes}. */
  void told(FileStat attributes, long number) {
    stat = attributes;
    inode = number;
  }

  /**
   * Tells whether the kernel may hear of the content with {@code attributes}, which is about to be
   * told to it then: false if it may know of another state of this file.
   */
  boolean goesWith(FileStat attributes) {
    if (type != FileStat.S_IFREG && type != FileStat.S_IFLNK) {
      return true;
    }
    FileVersion now = FileVersion.of(attributes);
    synchronized (content) {
      if (version != null && !version.hasContentOf(now)) {
        return false;
      }
      version = now;
      tellings++;
      return true;
    }
  }

  /** Returns the attributes the kernel was told last, which are about to be told to it again. */
  FileStat tellAgain() {
    synchronized (content) {
      tellings++;
      return stat;
    }
  }

  /** Notes that pages are being brought; the result is for {@link #endRead}. */
  int beginRead() {
    synchronized (content) {
      reads[turn]++;
      return turn;
    }
  }

  /** Notes that the kernel has the pages, or will not get them. */
  void endRead(int begun) {
    synchronized (content) {
      if (--reads[begun] == 0) {
        content.notifyAll();
      }
    }
  }

  /** Tells whether pages are being brought. */
  boolean isBeingRead() {
    synchronized (content) {
      return reads[0] + reads[1] > 0;
    }
  }

  /**
   * Waits until the reads that are under way have been answered, {@code patience} ms at most, or
   * until this thread is interrupted. The kernel makes who tells it to forget wait for pages that
   * are being read, and a thread that waits there cannot even be killed.
   */
  void awaitReads(long patience) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patience);
    synchronized (content) {
      int before = turn;
      turn ^= 1;
      try {
        for (long left = patience; reads[before] > 0 && left > 0; ) {
          content.wait(left);
          left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Notes that the kernel is about to be told to forget; the result is for {@link #forgotten}. */
  long forgetting() {
    forgottenAt = OptionalLong.of(System.nanoTime());
    synchronized (content) {
      return tellings;
    }
  }

  /**
   * Notes that the kernel has forgotten attributes and pages. What it was told, or began to be
   * told, since {@link #forgetting} it may have forgotten or not.
   */
  void forgotten(long told) {
    synchronized (content) {
      if (told == tellings && reads[0] + reads[1] == 0) {
        version = null;
      }
    }
    outdated.set(false);
  }

  /** Tells whether the kernel may have been told to forget after it asked what is answered now. */
  boolean wasForgottenLately() {
    OptionalLong at = forgottenAt;
    return at.isPresent() && System.nanoTime() - at.getAsLong() < LATELY_NANOS;
  }

  /** Returns true to the first caller, who is to have the kernel forget this node. */
  boolean becomesOutdated() {
    return outdated.compareAndSet(false, true);
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
