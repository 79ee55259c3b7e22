package copper.trace;

import copper.model.RawPath;
import java.io.ByteArrayOutputStream;

/** The other direction of {@link RawPath#toString}, which a trace writes paths with. */
final class EscapedPath {
  private EscapedPath() {}

  /**
   * Returns the path that {@code text} stands for: printable ASCII as it is, every other byte and
   * the backslash as {@code \xHH}.
   *
   * @throws IllegalArgumentException if it is none
   */
  static RawPath parse(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char at = text.charAt(i);
      if (at == '\\') {
        int value = i + 4 > text.length() ? -1 : value(text, i);
        if (value < 0) {
          throw new IllegalArgumentException("a backslash that is not \\xHH in '" + text + "'");
        }
        bytes.write(value);
        i += 3;
      } else if (at < ' ' || at > '~') {
        throw new IllegalArgumentException("a character in a path that is not printable");
      } else {
        bytes.write(at);
      }
    }
    return RawPath.of(bytes.toByteArray());
  }

  private static int value(String text, int at) {
    int high = Character.digit(text.charAt(at + 2), 16);
    int low = Character.digit(text.charAt(at + 3), 16);
    return text.charAt(at + 1) == 'x' && high >= 0 && low >= 0 ? high << 4 | low : -1;
  }
}
