package copper.fuse;

/** Why a file system could not be mounted; the message names the mount point and what to do. */
public final class MountException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Makes an exception with the line to print. */
  public MountException(String message) {
    super(message);
  }

  /** Makes an exception with the line to print and what lies behind it. */
  public MountException(String message, Throwable cause) {
    super(message, cause);
  }
}
