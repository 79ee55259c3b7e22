package copper.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes text files that others may read at any time. */
public final class WholeFile {
  private WholeFile() {}

  /**
   * Writes {@code file} in UTF-8, whole or not at all; its directory must exist.
   *
   * @throws IOException if that is not possible; what was there before is still there
   */
  public static void write(Path file, CharSequence text) throws IOException {
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
