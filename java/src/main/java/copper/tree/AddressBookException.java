package copper.tree;

/** Why no tree can be made of an address book; the message names the file and what to do. */
public final class AddressBookException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Makes an exception with the line to print. */
  public AddressBookException(String message) {
    super(message);
  }

  /** Makes an exception with the line to print and what lies behind it. */
  public AddressBookException(String message, Throwable cause) {
    super(message, cause);
  }
}
