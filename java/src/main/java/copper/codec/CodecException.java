package copper.codec;

/**
 * Bytes that are not the message they should be, or a value that no message can hold. The text
 * names the message and what is wrong.
 */
public final class CodecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CodecException(String message, String problem) {
    super(message + ": " + problem);
  }
}
