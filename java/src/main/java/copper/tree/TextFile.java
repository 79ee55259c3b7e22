package copper.tree;

import copper.config.IoReason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The lines of a small text file, one char for each byte, so that no byte is lost or refused.
 *
 * <p>Lines end with LF, CRLF, CR or the file; a UTF-8 byte order mark at the start is dropped.
 */
final class TextFile {
  /** More than the books of all nodes of any machine; guards against a wrong file's name. */
  private static final int LARGEST = 64 << 20;

  /** A line takes far more memory than a byte of a file. */
  private static final int MOST_LINES = 1 << 20;

  private static final int SHOWN = 80;
  private static final String BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";

  private TextFile() {}

  static List<String> lines(Path file) throws AddressBookException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(LARGEST + 1);
    } catch (NoSuchFileException e) {
      throw new AddressBookException(file + " does not exist; check the file's name", e);
    } catch (AccessDeniedException e) {
      throw new AddressBookException(file + " may not be read; check its permissions", e);
    } catch (IOException e) {
      throw new AddressBookException(file + " cannot be read: " + IoReason.of(e), e);
    }
    return lines(file, bytes);
  }

  /** Returns the lines in {@code bytes}, which are those of {@code file}. */
  static List<String> lines(Path file, byte[] bytes) throws AddressBookException {
    if (bytes.length > LARGEST) {
      throw new AddressBookException(
          file + " is longer than " + (LARGEST >> 20) + " MiB; check the file's name");
    }
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    List<String> lines =
        text.substring(text.startsWith(BYTE_ORDER_MARK) ? 3 : 0)
            .lines()
            .limit(MOST_LINES + 1)
            .toList();
    if (lines.size() > MOST_LINES) {
      throw new AddressBookException(
          file + " has more than " + MOST_LINES + " lines; check the file's name");
    }
    return lines;
  }

  /** Tells whether {@code text} holds a control character; white space is not asked for here. */
  static boolean hasControl(String text) {
    return text.chars().anyMatch(Character::isISOControl);
  }

  /** Returns {@code text} for a message: printable, and the start only if it is long. */
  static String shown(String text) {
    String start = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    return start.replaceAll("[^ -~]", "?");
  }
}
