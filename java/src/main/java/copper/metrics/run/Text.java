package copper.metrics.run;

import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Names and numbers in the text files of a run's directory. */
public final class Text {
  private Text() {}

  /**
   * Returns {@code path} as text: as it is where it is UTF-8 without control characters, which
   * would part lines; otherwise with every odd byte as {@code \xHH}.
   */
  static String of(RawPath path) {
    return of(path.toBytes());
  }

  /** Returns a name as text, as {@link #of(RawPath)}. */
  static String of(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (text.chars().noneMatch(Character::isISOControl)) {
        return text;
      }
    } catch (CharacterCodingException e) {
      // Not text: shown byte by byte.
    }
    return RawPath.printable(bytes);
  }

  /** Returns {@code path} as a field of a CSV file, always in quotes, as C++ Copper has them. */
  static String quoted(RawPath path) {
    return quoted(of(path));
  }

  /** Returns {@code text} as a field of a CSV file, always in quotes. */
  public static String quoted(String text) {
    return '"' + text.replace("\"", "\"\"") + '"';
  }

  /** Returns {@code path} for the inside of a code span in a cell of a Markdown table. */
  public static String markdown(String path) {
    return path.replace("`", "'").replace("|", "\\|");
  }
}
