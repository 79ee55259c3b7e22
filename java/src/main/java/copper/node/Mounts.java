package copper.node;

import copper.config.CopperConfig.MountKind;
import copper.fuse.CopperOperations;
import copper.fuse.Mount;
import copper.fuse.MountException;
import copper.fuse.MountOptions;
import copper.fuse.MountPoint;
import copper.fuse.jnr.JnrMount;
import copper.fuse.kernel.KernelMount;
import copper.storage.Storage;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.logging.Logger;

/**
 * Mounts by what {@code -fuse} names.
 *
 * @param mountPoint already {@linkplain MountPoint#prepare prepared}
 * @param storage reads attributes by path, of the mount itself too
 * @param executor runs what must not run on the threads that answer the kernel
 * @param notifier has a thread that only tells the kernel what to forget
 * @param timer says when the kernel's missing names are to be asked for anew
 */
record Mounts(
    CopperOperations operations,
    MountPoint mountPoint,
    Storage storage,
    Executor executor,
    Executor notifier,
    ScheduledExecutorService timer) {
  private static final Logger LOG = Logger.getLogger(Mounts.class.getName());

  /**
   * Mounts, and returns when the mount answers.
   *
   * @throws MountException if it cannot be done
   */
  Mount mount(MountKind kind, MountOptions options) throws MountException {
    Optional<String> missing = KernelMount.missing();
    if (missing.isPresent()) {
      throw new MountException("cannot mount at " + mountPoint.path() + ": " + missing.get());
    }
    boolean kernel =
        kind == MountKind.KERNEL || (kind == MountKind.AUTO && KernelMount.isPossible(options));
    LOG.fine(() -> "mounting through " + (kernel ? "/dev/fuse" : "libfuse 2"));
    return kernel
        ? KernelMount.mount(operations, mountPoint, options, executor, notifier, timer)
        : JnrMount.mount(operations, mountPoint, options, storage, notifier);
  }
}
