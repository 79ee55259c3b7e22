package copper.fuse;

import copper.config.IoReason;
import copper.model.Errno;
import copper.model.RawPath;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import jnr.ffi.LastError;
import jnr.ffi.Runtime;

/**
 * The directory a file system is mounted at: checked before, probed after, and unmounted at the
 * end.
 */
public final class MountPoint {
  private static final Logger LOG = Logger.getLogger(MountPoint.class.getName());

  /** The type our mounts have in the mount table. */
  public static final String TYPE = "fuse.copper";

  /** Length in bytes of the struct statfs(2) fills, with room to spare. */
  private static final int STATFS = 256;

  private final Path path;
  private final Libc libc;

  /** Makes a mount point of {@code path}, an absolute path. */
  public MountPoint(Path path, Libc libc) {
    this.path = path;
    this.libc = libc;
  }

  /**
   * Returns where Copper is mounted, as far as this process sees it.
   *
   * @throws IOException if the mount table cannot be read
   */
  public static List<MountPoint> ofCopper(Libc libc) throws IOException {
    return MountTable.ofType(TYPE).stream().map(path -> new MountPoint(path, libc)).toList();
  }

  /**
   * Returns the type of the file system that is mounted here, such as {@value #TYPE}.
   *
   * @throws IOException if the mount table cannot be read
   */
  public Optional<String> mountedType() throws IOException {
    return MountTable.typeAt(path);
  }

  /** Returns the directory. */
  public Path path() {
    return path;
  }

  /**
   * Makes sure that the directory can be mounted over. A dead mount of a Copper node that was
   * killed is taken away first.
   *
   * @param allowNonEmpty whether files may be hidden by the mount
   * @throws MountException if it is missing, no directory, in use or not empty
   */
  public void prepare(boolean allowNonEmpty) throws MountException {
    try {
      removeDeadMount();
      if (!Files.isDirectory(path)) {
        String what =
            Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? "is no directory" : "is missing";
        throw new MountException(
            "the mount point " + path + " " + what + "; make it with mkdir -p");
      }
      Optional<String> mounted = MountTable.typeAt(path);
      if (mounted.isPresent()) {
        throw new MountException(
            "the mount point "
                + path
                + " is in use: a file system of type "
                + mounted.get()
                + " is mounted there; unmount it with fusermount3 -u "
                + path);
      }
      checkEmpty(allowNonEmpty);
    } catch (IOException e) {
      throw new MountException("the mount point " + path + " cannot be used: " + IoReason.of(e), e);
    }
  }

  private void checkEmpty(boolean allowNonEmpty) throws IOException, MountException {
    if (allowNonEmpty) {
      return;
    }
    try (var names = Files.newDirectoryStream(path)) {
      if (names.iterator().hasNext()) {
        throw new MountException(
            "the mount point "
                + path
                + " is not empty; empty it, or mount over it with -o nonempty");
      }
    }
  }

  private void removeDeadMount() throws IOException, MountException {
    if (!MountTable.typeAt(path).equals(Optional.of(TYPE)) || !isDead()) {
      return;
    }
    Guardian.awaitOthers(path);
    if (!MountTable.typeAt(path).equals(Optional.of(TYPE))) {
      return;
    }
    LOG.warning("taking away the dead Copper mount at " + path);
    if (!unmount(true)) {
      throw new MountException(
          "a dead Copper mount is in the way; take it away with fusermount3 -uz " + path);
    }
  }

  /**
   * Tells whether the process behind the mount is gone. The kernel may know everything else of a
   * dead mount by heart, but for its space it has to ask; a mount that lives may take its time over
   * that.
   */
  public boolean isDead() {
    CompletableFuture<Integer> errno = new CompletableFuture<>();
    Thread asking =
        new Thread(
            () -> errno.complete(libc.statfs(cString(), new byte[STATFS]) == 0 ? 0 : lastError()),
            "copper-mount-check");
    asking.setDaemon(true);
    asking.start();
    int answer = errno.completeOnTimeout(0, 2, TimeUnit.SECONDS).join();
    // ECONNABORTED: it was asked while the kernel still tidied up behind the process.
    return answer == Errno.ENOTCONN || answer == Errno.ECONNABORTED;
  }

  /**
   * Asks through the kernel for an attribute nobody has, and returns the errno: EOPNOTSUPP from a
   * mount that answers, ENOTCONN from one whose process is gone. Blocks as long as the mount does.
   *
   * <p>An attribute of the "system." class needs no permission check, so that the question makes no
   * other (a stat of the root, say, would wait for the parent node).
   */
  public int probe() {
    byte[] name = "system.copper\0".getBytes(StandardCharsets.US_ASCII);
    return libc.getxattr(cString(), name, new byte[1], 0) >= 0 ? 0 : lastError();
  }

  /**
   * Lets the kernel read {@code bytes} ahead of a program, where this process may say so: a FUSE
   * mount of its own accord reads 128 KiB ahead at most, whatever it was told when it was mounted.
   */
  public void readAhead(int bytes) {
    try {
      Optional<String> device = MountTable.deviceAt(path);
      if (device.isPresent()) {
        Path knob = Path.of("/sys/class/bdi", device.get(), "read_ahead_kb");
        Files.writeString(knob, Integer.toString(bytes >> 10));
      }
    } catch (IOException e) {
      // Only root may, and not in every container; files are then read in smaller pieces.
      LOG.fine(() -> "the kernel's own read-ahead stays: " + e);
    }
  }

  /**
   * Unmounts; true if nothing of ours is mounted here any more.
   *
   * @param lazy whether a mount in use is taken out of the tree too
   */
  public boolean unmount(boolean lazy) {
    if (libc.geteuid() == 0) {
      // Forced, requests that wait fail at once, and so does whoever uses the mount from then on.
      if ((lazy && unmounts(Libc.MNT_DETACH | Libc.MNT_FORCE))
          || unmounts(lazy ? Libc.MNT_DETACH : 0)) {
        return true;
      }
    } else {
      if (lazy) {
        endConnection();
      }
      for (String helper : List.of("fusermount3", "fusermount")) {
        if (runs(helper, lazy)) {
          return true;
        }
      }
    }
    try {
      return !MountTable.typeAt(path).equals(Optional.of(TYPE));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Does what MNT_FORCE does, for whoever is not root, where the control file system of FUSE is
   * mounted: a thread of ours that waits in the kernel for one of those requests could never end.
   */
  private void endConnection() {
    try {
      Optional<String> device = MountTable.deviceAt(path);
      if (device.isPresent() && MountTable.typeAt(path).equals(Optional.of(TYPE))) {
        String number = device.get().substring(device.get().indexOf(':') + 1);
        Files.writeString(Path.of("/sys/fs/fuse/connections", number, "abort"), "1");
      }
    } catch (IOException e) {
      LOG.fine(() -> "requests that wait at " + path + " are not ended: " + e);
    }
  }

  private boolean unmounts(int flags) {
    return libc.umount2(cString(), Libc.UMOUNT_NOFOLLOW | flags) == 0;
  }

  private boolean runs(String helper, boolean lazy) {
    List<String> command = new ArrayList<>(List.of(helper, "-q", "-u"));
    if (lazy) {
      command.add("-z");
    }
    command.add("--");
    command.add(path.toString());
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(new File("/dev/null"))
              .start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private byte[] cString() {
    return RawPath.of(path.toString()).toCString();
  }

  private static int lastError() {
    return LastError.getLastError(Runtime.getSystemRuntime());
  }
}
