package copper.fuse.kernel;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.fuse.CopperOperations;
import copper.fuse.Libc;
import copper.fuse.Mount;
import copper.fuse.MountException;
import copper.fuse.MountOptions;
import copper.fuse.MountPoint;
import copper.metrics.Pending;
import copper.model.Errno;
import copper.model.RawPath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;
import jnr.ffi.LibraryLoader;

/**
 * A mount that answers the kernel on /dev/fuse itself.
 *
 * <p>The kernel keeps entries, attributes, link targets, directories and pages, and asks for each
 * once; it looks names up in parallel, and reads up to a MiB at a time.
 */
public final class KernelMount implements Mount {
  private static final Logger LOG = Logger.getLogger(KernelMount.class.getName());

  /** Room for an INIT request of any version, and no less than the kernel wants to see. */
  private static final int INIT_BYTES = 32 << 10;

  /** Where this class knows the numbers of system calls' flags. */
  private static final Set<String> SYSTEMS = Set.of("Linux amd64", "Linux aarch64");

  private final MountPoint mountPoint;
  private final NodeTable nodes = new NodeTable();
  private final Notifications notifications;
  private final Dispatcher dispatcher;
  private final Workers workers;
  private final AtomicBoolean closed = new AtomicBoolean();

  private KernelMount(
      CopperOperations operations,
      MountPoint mountPoint,
      KernelOptions options,
      Trace trace,
      Device device,
      Negotiation features,
      Executor executor,
      Executor notifier,
      ScheduledExecutorService timer) {
    this.mountPoint = mountPoint;
    Timeouts timeouts = options.timeouts();
    MissingNames missing = new MissingNames(timeouts, Ticker.systemTicker());
    this.notifications =
        new Notifications(device, features.expiresEntries(), nodes, missing, notifier);
    this.dispatcher =
        new Dispatcher(
            new Dispatcher.Parts(
                operations,
                features,
                timeouts,
                nodes,
                new Renewal(operations, timeouts, missing, notifications, timer, executor),
                notifications,
                executor));
    this.workers =
        new Workers(
            device,
            (own, memory, length) -> {
              trace.request(memory.bytes());
              dispatcher.handle(own, memory.bytes(), length);
            });
  }

  /** Tells whether this machine and this user can mount so with {@code options}. */
  public static boolean isPossible(MountOptions options) {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    return SYSTEMS.contains(system) && !KernelOptions.needLibfuse(options) && missing().isEmpty();
  }

  /** Says what this user lacks for any FUSE mount, through libfuse too, and what to do about it. */
  public static Optional<String> missing() {
    Path device = Path.of("/dev/fuse");
    if (!Files.exists(device)) {
      return Optional.of("there is no /dev/fuse; " + Mounter.openFailure(Errno.ENOENT));
    } else if (!Files.isWritable(device) || !Files.isReadable(device)) {
      return Optional.of(
          "this user may not open /dev/fuse; it must be open to read and write (chmod 666)");
    } else if (Libc.load().geteuid() != 0 && !Fusermount.isInstalled()) {
      return Optional.of("neither fusermount3 nor fusermount is on the PATH; install fuse3");
    }
    return Optional.empty();
  }

  /**
   * Mounts, and returns when the mount answers through the kernel.
   *
   * @param mountPoint already {@linkplain MountPoint#prepare prepared}
   * @param executor runs what must not run on the threads that answer the kernel
   * @param notifier has a thread that only tells the kernel what to forget
   * @param timer says when missing names are to be asked for anew
   * @throws MountException if the mount point or an option cannot be used
   */
  public static KernelMount mount(
      CopperOperations operations,
      MountPoint mountPoint,
      MountOptions options,
      Executor executor,
      Executor notifier,
      ScheduledExecutorService timer)
      throws MountException {
    KernelOptions parsed = KernelOptions.of(options);
    Calls calls = LibraryLoader.create(Calls.class).failImmediately().load("c");
    Device device = new Mounter(calls, Libc.load(), mountPoint, parsed).mount();
    Negotiation features;
    try {
      features = negotiate(device, parsed);
    } catch (MountException e) {
      device.close();
      mountPoint.unmount(true);
      throw e;
    }
    Trace trace = new Trace(options.debug());
    KernelMount mount =
        new KernelMount(
            operations, mountPoint, parsed, trace, device, features, executor, notifier, timer);
    mount.start();
    if (features.maxPages() > 0) {
      mountPoint.readAhead(parsed.maxReadahead());
    }
    return mount;
  }

  /** A test may name an older version by the property copper.fuse_minor. */
  private static Negotiation negotiate(Device device, KernelOptions options) throws MountException {
    NativeMemory memory = NativeMemory.allocate(INIT_BYTES);
    int length = device.read(memory);
    if (length < Fuse.IN_HEADER || memory.bytes().getInt(Fuse.IN_OPCODE) != Fuse.INIT) {
      throw new MountException("the kernel does not begin to speak: " + Errno.name(-length));
    }
    Negotiation features =
        Negotiation.read(
            memory.bytes(), length, Integer.getInteger("copper.fuse_minor", Fuse.MINOR));
    if (features == null) {
      throw new MountException(
          "this kernel's FUSE is too old for -fuse kernel; use -fuse jnr, which needs libfuse 2");
    }
    LOG.fine(() -> "the kernel's FUSE: " + features);
    ReplyBuffer reply = new ReplyBuffer();
    reply.begin(Negotiation.ANSWER);
    reply.putInit(features, options);
    int errno = reply.send(device, memory.bytes().getLong(Fuse.IN_UNIQUE));
    if (errno != 0) {
      throw new MountException("the kernel does not take our answer: " + Errno.name(errno));
    }
    return features;
  }

  private void start() throws MountException {
    workers.start();
    int errno = mountPoint.probe();
    // The kernel itself says EOPNOTSUPP when it hears that there are no extended attributes.
    if (errno != Errno.EOPNOTSUPP) {
      close();
      throw new MountException(
          "the mount at " + mountPoint.path() + " does not answer: " + Errno.name(errno));
    }
  }

  /** Returns how many files the kernel holds, the root among them. */
  int nodes() {
    return nodes.size();
  }

  @Override
  public List<Pending> pending() {
    return dispatcher.pending();
  }

  @Override
  public boolean isServed() {
    return workers.areReading();
  }

  @Override
  public void awaitEnd() throws InterruptedException {
    workers.awaitEnd();
  }

  @Override
  public void invalidateAll() {
    notifications.invalidateAll();
  }

  @Override
  public void invalidate(RawPath path) {
    notifications.invalidate(path);
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    if (!mountPoint.unmount(false)) {
      LOG.warning("the mount at " + mountPoint.path() + " is in use; it is taken out of the tree");
      mountPoint.unmount(true);
    }
    try {
      if (!workers.awaitEnd(5)) {
        LOG.warning(
            "requests at " + mountPoint.path() + " are still open; they end with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
