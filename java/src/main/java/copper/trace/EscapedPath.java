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
        if (i + 4 > text.length() || text.charAt(i + 1) != 'x') {
          throw new IllegalArgumentException("a backslash that is not \\xHH in '" + text + "'");
        }
        bytes.write(Integer.parseInt(text, i + 2, i + 4, 16));
        i += 3;
      } else {
        bytes.write(at);
      }
    }
    return RawPath.of(bytes.toByteArray());
  }
}
