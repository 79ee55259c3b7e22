package copper.codec;

/** Bytes that are not the message they should be; the message names it and what is wrong. */
public final class CodecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes an exception with its text. */
  public CodecException(String message) {
    super(message);
  }
}
