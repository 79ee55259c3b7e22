package copper.model;

/**
 * What tells one state of a file's content from another: its inode number, length and times of last
 * change.
 *
 * <p>Versions of one content have length and time of modification in common. What else they have
 * depends on the file system, which storage knows: the inode number, or the time of the inode's
 * change.
 *
 * @param ino inode number
 * @param size length in bytes
 * @param seconds time of last modification, seconds since 1970
 * @param nanoseconds what is beyond the seconds
 * @param ctimeSeconds time of last change of the inode, seconds since 1970
 * @param ctimeNanos what is beyond the seconds
 */
public record FileVersion(
    long ino, long size, long seconds, long nanoseconds, long ctimeSeconds, long ctimeNanos) {
  /** Returns the version of the file with the attributes {@code stat}. */
  public static FileVersion of(FileStat stat) {
    return new FileVersion(
        stat.ino(),
        stat.size(),
        stat.mtimeSeconds(),
        stat.mtimeNanos(),
        stat.ctimeSeconds(),
        stat.ctimeNanos());
  }

  /** Returns the time of last modification as {@link FileStat#mtime} does. */
  public long mtime() {
    return nanos(seconds, nanoseconds);
  }

  static long nanos(long seconds, long nanoseconds) {
    return seconds * 1_000_000_000 + nanoseconds;
  }

  /** Tells whether length and time of modification are those of {@code other}. */
  public boolean hasContentOf(FileVersion other) {
    return size == other.size && seconds == other.seconds && nanoseconds == other.nanoseconds;
  }

  /** Tells whether the inode was changed last when that of {@code other} was. */
  public boolean hasChangeTimeOf(FileVersion other) {
    return ctimeSeconds == other.ctimeSeconds && ctimeNanos == other.ctimeNanos;
  }
}
