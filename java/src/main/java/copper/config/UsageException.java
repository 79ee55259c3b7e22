package copper.config;

/**
 * A mistake of the person who started us; the message is one line, says what is wrong and what to
 * do.
 */
public final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Makes an exception with the line to print. */
  public UsageException(String message) {
    super(message);
  }

  /** Makes an exception with the line to print and what lies behind it. */
  public UsageException(String message, Throwable cause) {
    super(message, cause);
  }
}
