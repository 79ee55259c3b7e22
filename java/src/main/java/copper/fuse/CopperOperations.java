package copper.fuse;

import copper.control.Ioctl;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.store.CooperativeStore;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.logging.Logger;

/**
 * What the file system answers, whatever speaks to the kernel.
 *
 * <p>Paths come as the kernel has them, below the mount point; they are looked up below the target.
 * What lies under the view path does not exist here, or a walk through the mount would never end.
 * Never blocks; a future that fails with an exception is for the mount to answer with EIO.
 */
public final class CopperOperations {
  private static final Logger LOG = Logger.getLogger(CopperOperations.class.getName());

  private final CooperativeStore store;
  private final RawPath target;
  private final Set<RawPath> views;
  private final Ioctl ioctl;
  private final Counters counters;

  /**
   * Makes the operations of a mount.
   *
   * @param target the directory that is mirrored, itself no symbolic link
   * @param views the names of the mount on storage, which do not exist here
   */
  public CopperOperations(
      CooperativeStore store, RawPath target, Set<RawPath> views, Ioctl ioctl, Counters counters) {
    this.store = store;
    this.target = target;
    this.views = Set.copyOf(views);
    this.ioctl = ioctl;
    this.counters = counters;
  }

  /** Answers with the attributes of {@code path}. */
  public CompletableFuture<Reply<FileStat>> getattr(RawPath path) {
    return ask(Counter.FUSE_GETATTR, path, store::lstat);
  }

  /** Answers with the names in the directory {@code path}, "." and ".." among them. */
  public CompletableFuture<Reply<DirectoryListing>> readdir(RawPath path) {
    return ask(Counter.FUSE_READDIR, path, this::list);
  }

  private CompletableFuture<Reply<DirectoryListing>> list(RawPath directory) {
    CompletableFuture<Reply<DirectoryListing>> names = store.list(directory);
    return views.stream().anyMatch(view -> view.parent().equals(directory))
        ? names.thenApply(reply -> reply.map(listing -> withoutViews(directory, listing)))
        : names;
  }

  private DirectoryListing withoutViews(RawPath directory, DirectoryListing listing) {
    return new DirectoryListing(
        listing.entries().stream()
            .filter(
                entry -> entry.isSelfOrParent() || !views.contains(directory.resolve(entry.name())))
            .toList());
  }

  /** Answers with the target of the symbolic link {@code path}; the bytes must not be changed. */
  public CompletableFuture<Reply<byte[]>> readlink(RawPath path) {
    return ask(Counter.FUSE_READLINK, path, store::readlink);
  }

  /**
   * Answers with up to {@code size} bytes of {@code path} from {@code offset} on, fewer only at the
   * file's end. The buffer is borrowed from the cache: read it, do not change it.
   */
  public CompletableFuture<Reply<ByteBuffer>> read(RawPath path, long offset, int size) {
    return ask(Counter.FUSE_READ, path, file -> store.read(file, offset, size));
  }

  /**
   * Answers with the whole file {@code path}, borrowed as by {@link #read}, or with no bytes if it
   * has more than {@code most}.
   */
  public CompletableFuture<Reply<ByteBuffer>> content(RawPath path, long most) {
    return ask(
        Counter.FUSE_STORE,
        path,
        file ->
            store
                .lstat(file)
                .thenCompose(
                    stat ->
                        stat.ok() && stat.value().size() <= most
                            ? whole(file, stat.value().size())
                            : CompletableFuture.completedFuture(Reply.of(ByteBuffer.allocate(0)))));
  }

  /** What is shorter or longer than its attributes say is no answer: it is being changed. */
  private CompletableFuture<Reply<ByteBuffer>> whole(RawPath file, long size) {
    return store
        .read(file, 0, (int) size + 1)
        .thenApply(
            data ->
                data.ok() && data.value().remaining() != size
                    ? Reply.<ByteBuffer>failure(Errno.ESTALE)
                    : data);
  }

  /** Answers with the space and limits of the target's file system. */
  public CompletableFuture<Reply<FileSystemStat>> statfs() {
    return ask(Counter.FUSE_STATFS, RawPath.ROOT, store::statfs);
  }

  /** Executes the ioctl {@code code} on the file {@code path}. */
  public CompletableFuture<Reply<Integer>> ioctl(RawPath path, int code) {
    return ask(Counter.FUSE_IOCTL, path, file -> ioctl.execute(code));
  }

  /** Counts a request that is none of these and not answered. */
  public void unknown(int opcode) {
    counters.increment(Counter.FUSE_UNKNOWN);
    LOG.fine(() -> "the kernel asks for what is unknown here: request " + opcode);
  }

  private <T> CompletableFuture<Reply<T>> ask(
      Counter counter, RawPath path, Function<RawPath, CompletableFuture<Reply<T>>> question) {
    counters.increment(counter);
    RawPath real = target.append(path);
    if (views.stream().anyMatch(real::startsWith)) {
      return CompletableFuture.completedFuture(Reply.failure(Errno.ENOENT));
    }
    return question.apply(real);
  }
}
