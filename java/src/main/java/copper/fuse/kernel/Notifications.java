package copper.fuse.kernel;

import copper.control.KernelCache;
import copper.model.FilePart;
import copper.model.RawPath;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.StampedLock;
import java.util.function.LongSupplier;

/**
 * What the kernel is told to forget, entry by entry and inode by inode.
 *
 * <p>Notifying blocks while the kernel works on what it is about, and must not happen on a thread
 * that answers requests. One caller at a time.
 */
final class Notifications implements KernelCache {
  private static final byte[] SELF = {'.'};

  /** How long reads of a file are waited for before the kernel is told to forget it, in ms. */
  private static final long PATIENCE = 10_000;

  private final Device device;
  private final boolean expires;
  private final NodeTable nodes;
  private final MissingNames missing;
  private final Executor executor;
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
   * @param executor has a thread that is there for this alone: the reads that a notification waits
   *     for may need any other
   */
  Notifications(
      Device device, boolean expires, NodeTable nodes, MissingNames missing, Executor executor) {
    this.device = device;
    this.expires = expires;
    this.nodes = nodes;
    this.missing = missing;
    this.executor = executor;
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
   * Puts {@code file} into the page cache of {@code node}, unless {@code asked} is no longer the
   * epoch, the kernel knows of another state of the file, or is reading it: it would have us wait
   * for those pages. Any number of callers at a time.
   *
   * @param file the whole file
   */
  void store(ReplyBuffer own, Node node, FilePart file, long asked) {
    long stamp = storing.tryReadLock();
    if (stamp == 0) {
      return;
    }
    if (node.isBeingRead()) {
      storing.unlockRead(stamp);
      return;
    }
    int read = node.beginRead();
    try {
      if (asked == epoch && file.stat().size() == node.size() && node.goesWith(file.stat())) {
        own.sendPages(device, node.id(), file.data());
      }
    } finally {
      node.endRead(read);
      storing.unlockRead(stamp);
    }
  }

  @Override
  public synchronized void invalidate(RawPath path) {
    makeAnswersStale();
    Node node = nodes.at(path);
    if (node != null && !node.isRoot()) {
      forget(node);
    }
  }

  private void forget(Node node) {
    forgetEntry(node.parent(), node.path().name());
    forgetInode(node);
  }

  /**
   * Sees to it that the kernel forgets {@code node}, whose content has changed; returns at once.
   */
  void outdated(Node node) {
    if (node.becomesOutdated()) {
      executor.execute(
          () -> {
            synchronized (this) {
              forget(node);
            }
          });
    }
  }

  /** Has the kernel forget that {@code paths} are missing; returns at once. */
  void appeared(Set<RawPath> paths) {
    executor.execute(
        () -> {
          synchronized (this) {
            forgetMissing(missing.take(paths));
          }
        });
  }

  private void forgetMissing(Map<RawPath, Long> names) {
    names.forEach((path, parent) -> forgetEntry(parent, path.name()));
  }

  /** Has the kernel forget the pages of {@code node}; returns at once. */
  void dropPages(Node node) {
    executor.execute(() -> forgetInode(node));
  }

  /** Has those that were asked for before asked anew. */
  private synchronized void makeAnswersStale() {
    whileNobodyAnswers(() -> ++epoch);
    // Pages that are being stored are there when this has the lock, and are then dropped.
    storing.unlockWrite(storing.writeLock());
  }

  @Override
  public synchronized void invalidateAll() {
    makeAnswersStale();
    Collection<Node> known = nodes.all();
    // Entries before inodes: each waits for lookups and readers of its directory that have an old
    // answer and have not passed it to the caches yet.
    forgetMissing(missing.take());
    for (Node node : known) {
      if (!node.isRoot()) {
        forgetEntry(node.parent(), node.path().name());
      }
      if (node.isDirectory()) {
        forgetEntry(node.id(), SELF);
      }
    }
    known.forEach(this::forgetInode);
  }

  /** Makes the kernel forget the attributes and the pages of a node. */
  private synchronized void forgetInode(Node node) {
    node.awaitReads(PATIENCE);
    long told = whileNobodyAnswers(node::forgetting);
    buffer.begin(24);
    buffer.putLong(node.id());
    buffer.putLong(0); // from the start
    buffer.putLong(0); // to the end
    buffer.sendNotification(device, Fuse.NOTIFY_INVAL_INODE);
    whileNobodyAnswers(
        () -> {
          node.forgotten(told);
          return told;
        });
  }

  private long whileNobodyAnswers(LongSupplier step) {
    long stamp = answering.writeLock();
    try {
      return step.getAsLong();
    } finally {
      answering.unlockWrite(stamp);
    }
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
