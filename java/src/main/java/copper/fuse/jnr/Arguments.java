package copper.fuse.jnr;

import copper.fuse.MountOptions;
import java.nio.file.Path;
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
 */
final class Arguments {
  private Arguments() {}

  /** Returns the words of a command line for libfuse. */
  static List<String> of(MountOptions options, Path mountPoint) {
    long positive = MountOptions.POSITIVE_TIMEOUT.toSeconds();
    double negative = options.negativeTimeout().toNanos() / 1e9;
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
            String.format(Locale.ROOT, "negative_timeout=%.3f", negative),
            "max_background=" + MountOptions.MAX_BACKGROUND,
            "congestion_threshold=" + MountOptions.CONGESTION_THRESHOLD,
            "readdir_ino",
            "subtype=copper",
            "fsname=" + options.source().replace("\\", "\\\\").replace(",", "\\,"));
    List<String> arguments =
        new ArrayList<>(List.of("copper", mountPoint.toString(), "-f", "-o", ours));
    for (String list : options.users()) {
      arguments.add("-o");
      arguments.add(list);
    }
    if (options.debug()) {
      arguments.add("-d");
    }
    return arguments;
  }
}
