package copper.model;

/**
 * What tells one state of a file's content from another: its inode number, length and time of last
 * change.
 *
 * @param ino inode number
 * @param size length in bytes
 * @param seconds time of last modification, seconds since 1970
 * @param nanoseconds what is beyond the seconds
 */
public record FileVersion(long ino, long size, long seconds, long nanoseconds) {
  /** Returns the version of the file with the attributes {@code stat}. */
  public static FileVersion of(FileStat stat) {
    return new FileVersion(stat.ino(), stat.size(), stat.mtimeSeconds(), stat.mtimeNanos());
  }

  /**
   * Tells whether the content is that of {@code other} too. The inode number is left out: some file
   * systems, such as those on libfuse, give a file another one when they have forgotten it.
   */
  public boolean hasContentOf(FileVersion other) {
    return size == other.size && seconds == other.seconds && nanoseconds == other.nanoseconds;
  }
}
