package copper.storage;

import copper.model.Errno;

/**
 * A system call that failed, on its way to the {@link copper.model.Reply} that says so.
 *
 * <p>It has no stack trace: a failed lstat is what most imports are made of.
 */
final class ErrnoException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /** Makes one for {@code errno}; what cannot be an error number counts as EIO. */
  ErrnoException(int errno) {
    super(null, null, false, false);
    this.errno = errno > 0 && errno <= Errno.MAX ? errno : Errno.EIO;
  }

  int errno() {
    return errno;
  }

  @Override
  public String getMessage() {
    return Errno.name(errno);
  }
}
