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
}
