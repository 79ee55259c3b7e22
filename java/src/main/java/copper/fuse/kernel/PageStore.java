package copper.fuse.kernel;

import copper.fuse.CopperOperations;
import copper.model.Errno;
import copper.model.FilePart;
import copper.model.FileStat;
import copper.model.Reply;
import copper.storage.MayBlock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/**
 * Gives the kernel a file's pages before a program reads them (FUSE_NOTIFY_STORE).
 *
 * <p>A program that asks a file it has just opened whether it is a terminal, as Python does with
 * each, is about to read it. That question is a request to us in any case, so its answer waits
 * until the pages are in the kernel: the read then needs no request of its own, and no later stat
 * asks for the attributes again, as it would after a read (the kernel's fuse_invalidate_atime).
 *
 * <p>What cannot be stored at once is left to be read. The kernel may keep the writer of a page
 * waiting until a read of the same page has been answered, so the threads that bring answers never
 * store, and only a few of those that may block do at a time.
 */
final class PageStore {
  /** The longest file, in bytes; longer ones are mapped, or read in part, more often than not. */
  private static final long LONGEST_FILE = 1 << 20;

  private static final int MOST_AT_ONCE = 8;

  private final CopperOperations operations;
  private final Notifications notifications;
  private final Answers answers;
  private final Executor executor;
  private final Semaphore permits = new Semaphore(MOST_AT_ONCE);

  /**
   * Makes the store of a mount.
   *
   * @param executor runs what may block; not on the threads that bring answers
   */
  PageStore(
      CopperOperations operations,
      Notifications notifications,
      Answers answers,
      Executor executor) {
    this.operations = operations;
    this.notifications = notifications;
    this.answers = answers;
    this.executor = executor;
  }

  /**
   * Sees to it that the kernel has the pages of {@code node}, once between two invalidations; never
   * fails. The future completes when it has them, or must ask for them itself.
   */
  CompletableFuture<Void> offer(Node node) {
    long asked = notifications.epoch();
    if (node.type() != FileStat.S_IFREG || !node.offerPages(asked)) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Reply<FilePart>> content =
        operations.content(node.path(), LONGEST_FILE).exceptionally(PageStore::unreadable);
    if (content.isDone() && MayBlock.here()) {
      store(node, asked, content.join());
      return CompletableFuture.completedFuture(null);
    }
    return content.thenAcceptAsync(reply -> store(node, asked, reply), executor);
  }

  /** Whoever reads it hears why. */
  private static Reply<FilePart> unreadable(Throwable failure) {
    return Reply.failure(Errno.EIO);
  }

  private void store(Node node, long asked, Reply<FilePart> content) {
    if (!content.ok() || !permits.tryAcquire()) {
      return;
    }
    try {
      notifications.store(answers.buffer(), node, content.value(), asked);
    } finally {
      permits.release();
    }
  }
}
