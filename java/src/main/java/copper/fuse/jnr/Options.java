package copper.fuse.jnr;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How libfuse is asked to mount.
 *
 * <p>The kernel may keep what it was told: nothing changes until a reset, which invalidates it. The
 * mount is not read-only, since C++ Copper's ioctl scripts open files for reading and writing;
 * changes fail with EROFS. direct_io is left out because each new mmap would then throw away the
 * pages other processes have mapped, and use_ino because inode numbers of several file systems
 * collide.
 *
 * @param source what the mount table shows as the source
 * @param negativeTimeout how long the kernel may remember that a name is missing
 * @param debug whether libfuse prints every request
 * @param users the user's own -o options; they come last and win
 * @param threads the threads that answer the kernel
 */
public record Options(
    String source, Duration negativeTimeout, boolean debug, List<String> users, int threads) {
  /** How long the kernel may keep what is there; a reset does not wait for it. */
  private static final Duration POSITIVE_TIMEOUT = Duration.ofHours(24);

  /** Takes an unmodifiable copy of the list. */
  public Options {
    users = List.copyOf(users);
  }

  List<String> arguments(Path mountPoint) {
    long positive = POSITIVE_TIMEOUT.toSeconds();
    String ours =
        String.join(
            ",",
            "kernel_cache",
            "default_permissions",
            "nosuid",
            "nodev",
            "entry_timeout=" + positive,
            "attr_timeout=" + positive,
            "ac_attr_timeout=" + positive,
            String.format(Locale.ROOT, "negative_timeout=%.3f", negativeTimeout.toNanos() / 1e9),
            // The kernel's default of 12 requests in the background starves read-ahead.
            "max_background=128",
            "congestion_threshold=96",
            "readdir_ino",
            "subtype=copper",
            "fsname=" + source.replace("\\", "\\\\").replace(",", "\\,"));
    List<String> arguments =
        new ArrayList<>(List.of("copper", mountPoint.toString(), "-f", "-o", ours));
    for (String list : users) {
      arguments.add("-o");
      arguments.add(list);
    }
    if (debug) {
      arguments.add("-d");
    }
    return arguments;
  }
}
