package copper.metrics.run;

import copper.model.RawPath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;

/** Text files, and names in them. */
final class Text {
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
    return '"' + of(path).replace("\"", "\"\"") + '"';
  }

  /**
   * Writes {@code file} whole or not at all, and the directories above it.
   *
   * @throws IOException if that is not possible; what was there before is still there
   */
  static void write(Path file, Consumer<StringBuilder> content) throws IOException {
    StringBuilder text = new StringBuilder();
    content.accept(text);
    Files.createDirectories(file.getParent());
    Path partial = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      Files.writeString(partial, text);
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(partial);
      throw e;
    }
  }
}
