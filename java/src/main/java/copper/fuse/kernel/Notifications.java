package copper.fuse.kernel;

import copper.control.KernelCache;
import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.locks.StampedLock;

/**
 * What the kernel is told to forget, entry by entry and inode by inode.
 *
 * <p>Notifying blocks while the kernel works on what it is about, and must not happen on a thread
 * that answers requests. One caller at a time.
 */
final class Notifications implements KernelCache {
  private static final byte[] SELF = {'.'};

  private final Device device;
  private final boolean expires;
  private final NodeTable nodes;
  private final MissingNames missing;
  private final ReplyBuffer buffer = new ReplyBuffer();

  /** Held for reading while an answer is written, so that no answer is older than it looks. */
  private final StampedLock answering = new StampedLock();

  /** Held for reading while pages are stored: no answer waits for it, and an invalidation does. */
  private final StampedLock storing = new StampedLock();

  private volatile long epoch;

  /**
   * Makes the notifications of a mount.
   *
   * @param device borrowed; any of the mount's
   * @param expires whether the kernel can expire entries; else they are dropped
   */
  Notifications(Device device, boolean expires, NodeTable nodes, MissingNames missing) {
    this.device = device;
    this.expires = expires;
    this.nodes = nodes;
    this.missing = missing;
  }

  /** Returns a number that changes at each invalidation: answers asked for before are stale. */
  long epoch() {
    return epoch;
  }

  /**
   * Runs {@code write}, which answers the kernel, unless {@code asked} is no longer the epoch;
   * returns whether it ran.
   */
  boolean ifCurrent(long asked, Runnable write) {
    long stamp = answering.readLock();
    try {
      if (asked != epoch) {
        return false;
      }
      write.run();
      return true;
    } finally {
      answering.unlockRead(stamp);
    }
  }

  /**
   * Puts {@code data} into the page cache of the file {@code node}, from its start on, unless
   * {@code asked} is no longer the epoch. Any number of callers at a time; blocks while the kernel
   * waits for pages that are being read.
   *
   * @param data the whole file, as long as the kernel was told it is
   */
  void store(ReplyBuffer own, long node, ByteBuffer data, long asked) {
    long stamp = storing.tryReadLock();
    if (stamp == 0) {
      return;
    }
    try {
      if (asked == epoch) {
        own.sendPages(device, node, data);
      }
    } finally {
      storing.unlockRead(stamp);
    }
  }

  @Override
  public synchronized void invalidate(RawPath path) {
    makeAnswersStale();
    Node node = nodes.at(path);
    if (node != null && !node.isRoot()) {
      forgetEntry(node.parent(), path.name());
      forgetInode(node.id());
    }
  }

  /** Has those that were asked for before asked anew. */
  private synchronized void makeAnswersStale() {
    long stamp = answering.writeLock();
    epoch++;
    answering.unlockWrite(stamp);
    // Pages that are being stored are there when this has the lock, and are then dropped.
    storing.unlockWrite(storing.writeLock());
  }

  @Override
  public synchronized void invalidateAll() {
    makeAnswersStale();
    Collection<Node> known = nodes.all();
    // Entries before inodes: each waits for lookups and readers of its directory that have an old
    // answer and have not passed it to the caches yet.
    missing.take().forEach((path, parent) -> forgetEntry(parent, path.name()));
    for (Node node : known) {
      if (!node.isRoot()) {
        forgetEntry(node.parent(), node.path().name());
      }
      if (node.isDirectory()) {
        forgetEntry(node.id(), SELF);
      }
    }
    known.forEach(node -> forgetInode(node.id()));
  }

  /** Makes the kernel forget the attributes and the pages of a node. */
  synchronized void forgetInode(long node) {
    buffer.begin(24);
    buffer.putLong(node);
    buffer.putLong(0); // from the start
    buffer.putLong(0); // to the end
    buffer.sendNotification(device, Fuse.NOTIFY_INVAL_INODE);
  }

  private void forgetEntry(long parent, byte[] name) {
    buffer.begin(16 + name.length + 1);
    buffer.putLong(parent);
    buffer.putInt(name.length);
    buffer.putInt(expires ? Fuse.EXPIRE_ONLY : 0);
    buffer.putBytes(name);
    buffer.putByte((byte) 0);
    // ENOENT: the kernel has forgotten it by itself.
    buffer.sendNotification(device, Fuse.NOTIFY_INVAL_ENTRY);
  }
}
