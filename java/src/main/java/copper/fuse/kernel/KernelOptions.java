package copper.fuse.kernel;

import copper.fuse.MountException;
import copper.fuse.MountOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The {@code -o} options of a mount, taken apart: what mount(2) has a flag for, what the kernel's
 * FUSE takes as text, and what this mount says in its answers.
 *
 * <p>The mount is not read-only unless the user wants it: C++ Copper's ioctl scripts open files for
 * reading and writing; changes fail with EROFS.
 */
final class KernelOptions {
  /** The flags of mount(2) (linux/mount.h) by the option that sets each. */
  private static final Map<String, Long> FLAGS =
      Map.of(
          "ro", 1L,
          "nosuid", 1L << 1,
          "nodev", 1L << 2,
          "noexec", 1L << 3,
          "sync", 1L << 4,
          "dirsync", 1L << 7,
          "noatime", 1L << 10,
          "nodiratime", 1L << 11,
          "relatime", 1L << 21,
          "strictatime", 1L << 24);

  /** Options that take one of those back. */
  private static final Map<String, String> OPPOSITES =
      Map.of(
          "rw", "ro",
          "suid", "nosuid",
          "dev", "nodev",
          "exec", "noexec",
          "async", "sync",
          "atime", "noatime",
          "diratime", "nodiratime",
          "norelatime", "relatime");

  /** What this mount does in any case, or has no meaning without libfuse's own path cache. */
  private static final Set<String> GRANTED =
      Set.of(
          "default_permissions",
          "nonempty",
          "kernel_cache",
          "big_writes",
          "async_read",
          "use_ino",
          "readdir_ino",
          "hard_remove",
          "intr",
          "defaults",
          "large_read",
          "splice_read",
          "splice_write",
          "splice_move",
          "no_splice_read",
          "no_splice_write",
          "no_splice_move");

  /** Known to libfuse alone; the mount through it has them. */
  private static final Set<String> LIBFUSE =
      Set.of(
          "direct_io",
          "auto_cache",
          "noauto_cache",
          "allow_root",
          "auto_unmount",
          "umask",
          "uid",
          "gid",
          "sync_read",
          "atomic_o_trunc",
          "no_remote_lock",
          "no_remote_flock",
          "no_remote_posix_lock",
          "noforget",
          "remember",
          "intr_signal",
          "modules",
          "max_write",
          "blksize",
          "fsid",
          "debug");

  /**
   * In bytes: twice the kernel's own. More costs more than it saves, since each read is answered
   * from memory of its own.
   */
  private static final int READAHEAD = 256 << 10;

  private String source;
  private String type = "copper";
  private long flags = FLAGS.get("nosuid") | FLAGS.get("nodev");
  private boolean allowOther;
  private int maxRead;
  private int maxBackground = MountOptions.MAX_BACKGROUND;
  private int congestionThreshold = MountOptions.CONGESTION_THRESHOLD;
  private int maxReadahead = READAHEAD;
  private Duration entryTimeout = MountOptions.POSITIVE_TIMEOUT;
  private Duration attributeTimeout = MountOptions.POSITIVE_TIMEOUT;
  private final Duration enoentTtl;

  /** What the user has said is what the kernel is told. */
  private Optional<Duration> negativeTimeout = Optional.empty();

  private KernelOptions(MountOptions options) {
    source = options.source();
    enoentTtl = options.negativeTimeout();
  }

  /**
   * Reads the options.
   *
   * @throws MountException if one is unknown or its value cannot be
   */
  static KernelOptions of(MountOptions options) throws MountException {
    KernelOptions result = new KernelOptions(options);
    for (String word : options.words()) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      if (!result.takeSwitch(word) && !(equals > 0 && result.takeValue(word, name))) {
        throw new MountException(
            "-o " + word + " is no option of this mount; docs/flags.md lists them");
      }
    }
    return result;
  }

  /** Tells whether the user wants what only libfuse has. */
  static boolean needLibfuse(MountOptions options) {
    return options.words().stream().map(word -> word.split("=", 2)[0]).anyMatch(LIBFUSE::contains);
  }

  private boolean takeSwitch(String word) {
    if (FLAGS.containsKey(word)) {
      flags |= FLAGS.get(word);
    } else if (OPPOSITES.containsKey(word)) {
      flags &= ~FLAGS.get(OPPOSITES.get(word));
    } else if (word.equals("allow_other")) {
      allowOther = true;
    } else {
      return GRANTED.contains(word);
    }
    return true;
  }

  private boolean takeValue(String word, String name) throws MountException {
    String value = word.substring(name.length() + 1);
    switch (name) {
      case "fsname" -> source = value;
      case "subtype" -> type = value;
      case "entry_timeout" -> entryTimeout = seconds(word, value);
      case "attr_timeout" -> attributeTimeout = seconds(word, value);
      case "ac_attr_timeout" -> seconds(word, value);
      case "negative_timeout" -> negativeTimeout = Optional.of(seconds(word, value));
      case "max_read" -> maxRead = number(word, value, Integer.MAX_VALUE);
      case "max_readahead" -> maxReadahead = number(word, value, Integer.MAX_VALUE);
      case "max_background" -> maxBackground = number(word, value, 0xffff);
      case "congestion_threshold" -> congestionThreshold = number(word, value, 0xffff);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static Duration seconds(String word, String value) throws MountException {
    try {
      double seconds = Double.parseDouble(value);
      if (seconds >= 0 && seconds <= Integer.MAX_VALUE) {
        return Duration.ofNanos((long) (seconds * 1e9));
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw new MountException("-o " + word + " takes a number of seconds, such as 1.5");
  }

  private static int number(String word, String value, int most) throws MountException {
    try {
      int number = Integer.parseInt(value);
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw new MountException("-o " + word + " takes a whole number from 0 to " + most);
  }

  String source() {
    return source;
  }

  /** Returns the type in the mount table, such as "fuse.copper". */
  String type() {
    return "fuse." + type;
  }

  /** Returns the flags for mount(2). */
  long flags() {
    return flags;
  }

  /** Returns what mount(2) takes as text, for the device open as {@code fd}. */
  String data(int fd, int user, int group) {
    String data = "fd=" + fd + ",rootmode=40000,user_id=" + user + ",group_id=" + group;
    return data + "," + String.join(",", texts());
  }

  private List<String> texts() {
    List<String> texts = new ArrayList<>(List.of("default_permissions"));
    if (allowOther) {
      texts.add("allow_other");
    }
    if (maxRead > 0) {
      texts.add("max_read=" + maxRead);
    }
    return texts;
  }

  /** Returns the list behind fusermount's -o. */
  String fusermountList() {
    List<String> words = new ArrayList<>();
    FLAGS.forEach(
        (word, flag) -> {
          if ((flags & flag) != 0) {
            words.add(word);
          }
        });
    words.addAll(texts());
    words.add("subtype=" + escaped(type));
    words.add("fsname=" + escaped(source));
    return String.join(",", words);
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace(",", "\\,");
  }

  int maxReadahead() {
    return maxReadahead;
  }

  int maxBackground() {
    return maxBackground;
  }

  int congestionThreshold() {
    return congestionThreshold;
  }

  Timeouts timeouts() {
    return negativeTimeout
        .map(seconds -> new Timeouts(entryTimeout, attributeTimeout, seconds, seconds))
        .orElseGet(() -> Timeouts.renewing(entryTimeout, attributeTimeout, enoentTtl));
  }
}
