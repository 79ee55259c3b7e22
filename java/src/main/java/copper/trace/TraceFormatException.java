package copper.trace;

import java.io.IOException;

/** A file is no trace, or one of another version, or has a line that is wrong. */
public final class TraceFormatException extends IOException {
  private static final long serialVersionUID = 1;

  TraceFormatException(String message) {
    super(message);
  }

  TraceFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
