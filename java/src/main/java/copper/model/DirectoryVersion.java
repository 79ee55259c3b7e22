package copper.model;

/**
 * What tells one state of a directory's names from another, and one reading of them from the next.
 *
 * <p>The times alone do not: a file system's clock may stand still for a while, and names may come
 * in another order.
 *
 * @param ino inode number
 * @param mtimeSeconds time of last change of the names, seconds since 1970
 * @param mtimeNanos what is beyond the seconds
 * @param ctimeSeconds time of last change of the directory itself, seconds since 1970
 * @param ctimeNanos what is beyond the seconds
 * @param reading a number that no other reading of the names has; 0 where there is none
 */
public record DirectoryVersion(
    long ino,
    long mtimeSeconds,
    long mtimeNanos,
    long ctimeSeconds,
    long ctimeNanos,
    long reading) {
  /** The version of names that came without one. */
  public static final DirectoryVersion NONE = new DirectoryVersion(0, 0, 0, 0, 0, 0);

  /** Returns this version with the number of a reading. */
  public DirectoryVersion with(long number) {
    return new DirectoryVersion(ino, mtimeSeconds, mtimeNanos, ctimeSeconds, ctimeNanos, number);
  }
}
