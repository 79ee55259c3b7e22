package copper.tree;

/**
 * Why no tree can be made: the message is the one line for the user, which names the file, flag or
 * host and what to do.
 */
public final class AddressBookException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Makes an exception without a cause. */
  public AddressBookException(String message) {
    super(message);
  }

  /** Makes an exception with what lies behind it. */
  public AddressBookException(String message, Throwable cause) {
    super(message, cause);
  }
}
