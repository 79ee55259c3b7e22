package copper.model;

import java.util.Map;

/**
 * The Linux error numbers this project names (asm-generic/errno-base.h and errno.h).
 *
 * <p>They are the same on every architecture we run on, travel on the wire negated, and are kept as
 * ints because storage may answer with any other number too.
 */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;

  /** No descriptor is left in the whole system. */
  public static final int ENFILE = 23;

  /** No descriptor is left to this process. */
  public static final int EMFILE = 24;

  public static final int ENOTTY = 25;
  public static final int EFBIG = 27;
  public static final int EROFS = 30;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ELOOP = 40;
  public static final int EOPNOTSUPP = 95;
  public static final int ECONNABORTED = 103;
  public static final int ENOTCONN = 107;
  public static final int ETIMEDOUT = 110;
  public static final int ESTALE = 116;

  /** The largest number the kernel takes for an errno (MAX_ERRNO in include/linux/err.h). */
  public static final int MAX = 4095;

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(EPERM, "EPERM"),
          Map.entry(ENOENT, "ENOENT"),
          Map.entry(EINTR, "EINTR"),
          Map.entry(EIO, "EIO"),
          Map.entry(EBADF, "EBADF"),
          Map.entry(EAGAIN, "EAGAIN"),
          Map.entry(ENOMEM, "ENOMEM"),
          Map.entry(EACCES, "EACCES"),
          Map.entry(EBUSY, "EBUSY"),
          Map.entry(EEXIST, "EEXIST"),
          Map.entry(ENODEV, "ENODEV"),
          Map.entry(ENOTDIR, "ENOTDIR"),
          Map.entry(EISDIR, "EISDIR"),
          Map.entry(EINVAL, "EINVAL"),
          Map.entry(ENFILE, "ENFILE"),
          Map.entry(EMFILE, "EMFILE"),
          Map.entry(ENOTTY, "ENOTTY"),
          Map.entry(EFBIG, "EFBIG"),
          Map.entry(EROFS, "EROFS"),
          Map.entry(ENAMETOOLONG, "ENAMETOOLONG"),
          Map.entry(ENOSYS, "ENOSYS"),
          Map.entry(ELOOP, "ELOOP"),
          Map.entry(EOPNOTSUPP, "EOPNOTSUPP"),
          Map.entry(ECONNABORTED, "ECONNABORTED"),
          Map.entry(ENOTCONN, "ENOTCONN"),
          Map.entry(ETIMEDOUT, "ETIMEDOUT"),
          Map.entry(ESTALE, "ESTALE"));

  private Errno() {}

  /** Returns the symbol of {@code errno}, or "errno N" for one this class does not name. */
  public static String name(int errno) {
    return NAMES.getOrDefault(errno, "errno " + errno);
  }
}
