package copper.fuse;

import copper.control.Ioctl;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.Requests;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FilePart;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.store.CooperativeStore;
import copper.trace.TraceEntry.Answer;
import copper.trace.TraceRecorder;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/**
 * What the file system answers, whatever speaks to the kernel.
 *
 * <p>Paths come as the kernel has them, below the mount point; they are looked up below the target.
 * Never blocks; a future that fails with an exception is for the mount to answer with EIO.
 */
public final class CopperOperations {
  private static final Logger LOG = Logger.getLogger(CopperOperations.class.getName());

  private final CooperativeStore store;
  private final RawPath target;
  private final Ioctl ioctl;
  private final Counters counters;
  private final Optional<TraceRecorder> recorder;
  private final Requests getattrs;
  private final Requests readdirs;
  private final Requests readlinks;
  private final Requests reads;
  private final Requests stores;
  private final Requests statfss;
  private final Requests ioctls;

  /**
   * Makes the operations of a mount.
   *
   * @param target the directory that is mirrored, itself no symbolic link
   * @param recorder notes what is asked of the store; borrowed
   */
  public CopperOperations(
      CooperativeStore store,
      RawPath target,
      Ioctl ioctl,
      Counters counters,
      Optional<TraceRecorder> recorder) {
    this.store = store;
    this.target = target;
    this.ioctl = ioctl;
    this.counters = counters;
    this.recorder = recorder;
    this.getattrs = new Requests(counters, Counter.FUSE_GETATTR, Operation.GETATTR);
    this.readdirs = new Requests(counters, Counter.FUSE_READDIR, Operation.READDIR);
    this.readlinks = new Requests(counters, Counter.FUSE_READLINK, Operation.READLINK);
    this.reads = new Requests(counters, Counter.FUSE_READ, Operation.READ);
    this.stores = new Requests(counters, Counter.FUSE_STORE, Operation.STORE);
    this.statfss = new Requests(counters, Counter.FUSE_STATFS, Operation.STATFS);
    this.ioctls = new Requests(counters, Counter.FUSE_IOCTL, Operation.IOCTL);
  }

  /** Answers with the attributes of {@code path}. */
  public CompletableFuture<Reply<FileStat>> getattr(RawPath path) {
    return ask(getattrs, path, traced(copper.trace.Operation.STAT, 0, 0, Answer::of, store::lstat));
  }

  /**
   * Tells whether the names of its directory, as they were lately, tell that there is no {@code
   * path}.
   */
  public boolean lacks(RawPath path) {
    return store.lacks(target.append(path));
  }

  /** Answers with those of {@code paths}, which were missing, that may be there now. */
  public CompletableFuture<Set<RawPath>> appeared(Collection<RawPath> paths) {
    return store
        .appeared(paths.stream().map(target::append).toList())
        .thenApply(
            there ->
                there.stream()
                    .map(path -> path.below(target))
                    .collect(Collectors.toUnmodifiableSet()));
  }

  /** Answers with the names in the directory {@code path}, "." and ".." among them. */
  public CompletableFuture<Reply<DirectoryListing>> readdir(RawPath path) {
    return ask(
        readdirs,
        path,
        traced(
            copper.trace.Operation.LIST,
            0,
            0,
            names -> Answer.of(names.entries().size()),
            store::list));
  }

  /** Answers with the target of the symbolic link {@code path}; the bytes must not be changed. */
  public CompletableFuture<Reply<byte[]>> readlink(RawPath path) {
    return ask(
        readlinks,
        path,
        traced(copper.trace.Operation.LINK, 0, 0, link -> Answer.of(link.length), store::readlink));
  }

  /**
   * Answers with up to {@code size} bytes of {@code path} from {@code offset} on, fewer only at the
   * file's end.
   */
  public CompletableFuture<Reply<FilePart>> read(RawPath path, long offset, int size) {
    return ask(
        reads,
        path,
        traced(
            copper.trace.Operation.READ,
            offset,
            size,
            part -> Answer.of(part.data().remaining()),
            file -> store.read(file, offset, size)));
  }

  /**
   * Answers with the whole file {@code path}, as {@link #read} does, or with EFBIG if it has more
   * than {@code most} bytes.
   */
  public CompletableFuture<Reply<FilePart>> content(RawPath path, long most) {
    return store
        .lstat(target.append(path))
        .thenCompose(
            stat ->
                stat.ok() && stat.value().size() <= most
                    ? content(path, (int) stat.value().size())
                    : CompletableFuture.completedFuture(Reply.failure(Errno.EFBIG)));
  }

  private CompletableFuture<Reply<FilePart>> content(RawPath path, int size) {
    return ask(
        stores,
        path,
        traced(
            copper.trace.Operation.READ,
            0,
            size,
            part -> Answer.of(part.data().remaining()),
            file -> whole(file, size)));
  }

  /** What is shorter or longer than its attributes say is no answer: it is being changed. */
  private CompletableFuture<Reply<FilePart>> whole(RawPath file, int size) {
    return store
        .read(file, 0, size + 1)
        .thenApply(
            part ->
                part.ok()
                        && (part.value().data().remaining() != size
                            || part.value().stat().size() != size)
                    ? Reply.<FilePart>failure(Errno.ESTALE)
                    : part);
  }

  /** Answers with the space and limits of the target's file system. */
  public CompletableFuture<Reply<FileSystemStat>> statfs() {
    return ask(
        statfss,
        RawPath.ROOT,
        traced(copper.trace.Operation.STATFS, 0, 0, space -> Answer.of(0), store::statfs));
  }

  /** Executes the ioctl {@code code} on the file {@code path}. */
  public CompletableFuture<Reply<Integer>> ioctl(RawPath path, int code) {
    // Asked of nearly every file a program opens.
    if (code != Ioctl.TCGETS) {
      ioctls.noteIoctl(target.append(path), code);
    }
    return ask(ioctls, path, file -> ioctl.execute(code));
  }

  /** Counts a request that is none of these and not answered. */
  public void unknown(int opcode) {
    counters.increment(Counter.FUSE_UNKNOWN);
    LOG.fine(() -> "the kernel asks for what is unknown here: request " + opcode);
  }

  /** Returns {@code question}, which is noted whenever it is asked if there is a recording. */
  private <T> Function<RawPath, CompletableFuture<Reply<T>>> traced(
      copper.trace.Operation operation,
      long offset,
      int length,
      Function<T, Answer> outline,
      Function<RawPath, CompletableFuture<Reply<T>>> question) {
    if (recorder.isEmpty()) {
      return question;
    }
    return path ->
        recorder.get().record(operation, path, offset, length, outline, () -> question.apply(path));
  }

  private <T> CompletableFuture<Reply<T>> ask(
      Requests requests, RawPath path, Function<RawPath, CompletableFuture<Reply<T>>> question) {
    RawPath real = target.append(path);
    return requests.measure(real, () -> question.apply(real));
  }
}
