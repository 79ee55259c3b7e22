package copper.fuse.jnr;

import copper.fuse.CopperOperations;
import copper.fuse.Mount;
import copper.fuse.MountException;
import copper.fuse.MountOptions;
import copper.fuse.MountPoint;
import copper.fuse.NativeArgs;
import copper.metrics.Pending;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.storage.MayBlock;
import copper.storage.Storage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * A mount through libfuse 2 and jnr-fuse's structures, with Java threads in the session loop.
 *
 * <p>jnr-fuse's own mount() lets libfuse make the threads: each would be attached to the JVM and
 * detached from it at every callback. libfuse 2 answers lookups within one directory one after
 * another, whatever the number of threads.
 */
public final class JnrMount implements Mount {
  private static final Logger LOG = Logger.getLogger(JnrMount.class.getName());

  private static final long ROOT_INODE = 1;

  /** As many processes can miss at once; a thread that waits costs next to nothing. */
  private static final int THREADS = 32;

  private final LibFuse2 fuse;
  private final MountPoint mountPoint;
  private final Storage throughMount;
  private final KernelPaths known;

  /** Native code alone has the addresses of its closures. */
  private final OperationTable table;

  private final Pointer channel;
  private final Pointer handle;
  private final CountDownLatch running;
  private final AtomicBoolean closed = new AtomicBoolean();

  private JnrMount(
      LibFuse2 fuse,
      CopperOperations operations,
      MountPoint mountPoint,
      MountOptions options,
      Storage throughMount,
      Executor executor)
      throws MountException {
    this.fuse = fuse;
    this.mountPoint = mountPoint;
    this.throughMount = throughMount;
    this.known = new KernelPaths(options.negativeTimeout());
    this.table =
        new OperationTable(operations, known, path -> executor.execute(() -> forgetPages(path)));
    this.handle = setUp(options);
    this.channel = fuse.fuse_session_next_chan(fuse.fuse_get_session(handle), null);
    this.running = new CountDownLatch(THREADS);
  }

  /**
   * Mounts, and returns when the mount answers through the kernel.
   *
   * @param mountPoint already {@linkplain MountPoint#prepare prepared}
   * @param throughMount reads attributes by path; asked for paths of the mount itself
   * @param executor runs what must not run on the threads that answer the kernel
   * @throws MountException if the mount point cannot be used or libfuse refuses
   */
  public static JnrMount mount(
      CopperOperations operations,
      MountPoint mountPoint,
      MountOptions options,
      Storage throughMount,
      Executor executor)
      throws MountException {
    JnrMount mount = new JnrMount(load(), operations, mountPoint, options, throughMount, executor);
    mount.start();
    return mount;
  }

  private Pointer setUp(MountOptions options) throws MountException {
    NativeArgs args = new NativeArgs(Arguments.of(options, mountPoint.path()));
    Pointer results = Memory.allocateDirect(Runtime.getSystemRuntime(), 16, true);
    Pointer made =
        fuse.fuse_setup(
            args.count(),
            args.vector(),
            table.memory(),
            table.size(),
            results,
            results.slice(8),
            null);
    if (made == null) {
      throw new MountException(
          "libfuse cannot mount at "
              + mountPoint.path()
              + "; check /dev/fuse, that fusermount is"
              + " installed, and the -o options "
              + options.users());
    }
    return made;
  }

  /** Says what is missing for a mount through libfuse. */
  public static Optional<String> missing() {
    try {
      load();
      return Optional.empty();
    } catch (MountException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static LibFuse2 load() throws MountException {
    if (!Platform.getNativePlatform().getCPU().equals(Platform.CPU.X86_64)) {
      throw new MountException("mounting through libfuse 2 works on x86-64 only");
    }
    try {
      return LibraryLoader.create(LibFuse2.class).failImmediately().load("libfuse.so.2");
    } catch (UnsatisfiedLinkError e) {
      throw new MountException(
          "libfuse.so.2 is not on this machine; install libfuse2 (Debian), libfuse2t64 (Ubuntu"
              + " 24.04) or fuse-libs (RHEL)",
          e);
    }
  }

  private void start() throws MountException {
    for (int i = 0; i < THREADS; i++) {
      Thread thread = new SessionThread(this::loop, "copper-fuse-" + i);
      thread.setDaemon(true);
      thread.start();
    }
    int errno = mountPoint.probe();
    if (errno != Errno.EOPNOTSUPP) {
      close();
      throw new MountException(
          "the mount at " + mountPoint.path() + " does not answer: " + Errno.name(errno));
    }
  }

  private static final class SessionThread extends Thread implements MayBlock {
    private SessionThread(Runnable loop, String name) {
      super(loop, name);
    }
  }

  private void loop() {
    try {
      fuse.fuse_session_loop(fuse.fuse_get_session(handle));
    } finally {
      running.countDown();
    }
  }

  @Override
  public List<Pending> pending() {
    return table.pending();
  }

  /** Threads of the session loop end with the mount alone, whatever a callback throws. */
  @Override
  public boolean isServed() {
    return running.getCount() > 0;
  }

  @Override
  public void awaitEnd() throws InterruptedException {
    running.await();
  }

  @Override
  public void invalidateAll() {
    known.beginInvalidation();
    List<RawPath> present = known.takePresent();
    List<RawPath> missing = known.takeMissing();
    // All ids before the first invalidation: a path whose parent was invalidated would be looked up
    // anew, and that asks us.
    Map<RawPath, Long> inodes = new HashMap<>();
    inodes.put(RawPath.ROOT, ROOT_INODE);
    for (RawPath path : present) {
      inode(path, inodes);
    }
    for (Long inode : inodes.values()) {
      fuse.fuse_lowlevel_notify_inval_inode(channel, inode, 0, 0);
    }
    for (int i = present.size() - 1; i >= 0; i--) {
      forgetEntry(present.get(i), inodes);
    }
    for (RawPath path : missing) {
      forgetEntry(path, inodes);
    }
  }

  @Override
  public void invalidate(RawPath path) {
    known.beginInvalidation();
    forgetPages(path);
  }

  private void inode(RawPath path, Map<RawPath, Long> inodes) {
    if (!path.isRoot()) {
      statThroughMount(path).ifPresent(stat -> inodes.put(path, stat.ino()));
    }
  }

  private Optional<FileStat> statThroughMount(RawPath path) {
    return Optional.ofNullable(
        throughMount.lstat(RawPath.of(mountPoint.path().toString()).append(path)).value());
  }

  private void forgetPages(RawPath path) {
    statThroughMount(path)
        .ifPresent(stat -> fuse.fuse_lowlevel_notify_inval_inode(channel, stat.ino(), 0, 0));
  }

  private void forgetEntry(RawPath path, Map<RawPath, Long> inodes) {
    Long parent = inodes.get(path.parent());
    if (parent != null && !path.isRoot()) {
      byte[] name = path.name();
      fuse.fuse_lowlevel_notify_inval_entry(channel, parent, name, name.length);
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    // fuse_unmount would close the descriptor under the threads that read from it.
    boolean free = mountPoint.unmount(false);
    if (!free) {
      LOG.warning("the mount at " + mountPoint.path() + " is in use; it is taken out of the tree");
      mountPoint.unmount(true);
    }
    try {
      if (running.await(free ? 5 : 1, TimeUnit.SECONDS)) {
        fuse.fuse_destroy(handle);
      } else {
        LOG.warning(
            "requests at " + mountPoint.path() + " are still open; they end with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
