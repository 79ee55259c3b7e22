package copper.node;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.logging.ErrorManager;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import java.util.logging.StreamHandler;

/**
 * A log file of bounded size that keeps its name: when it is full, what it holds becomes {@code
 * <name>.1}, and that of before is lost.
 *
 * <p>The handler of the JDK gives the current file another name than the one it was told. What
 * cannot be written, because the disk is full, is lost; the first such failure is printed on the
 * standard error, and nobody who logs hears of it.
 */
final class LogFile extends StreamHandler {
  private final Path file;
  private final long limit;
  private long written;

  /**
   * Opens the log, at its end if it exists.
   *
   * @param limit bytes after which it is begun anew
   * @throws IOException if it cannot be written
   */
  LogFile(Path file, long limit, Formatter formatter) throws IOException {
    this.file = file;
    this.limit = limit;
    setFormatter(formatter);
    open();
  }

  private void open() throws IOException {
    OutputStream out =
        Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    written = Files.size(file);
    setOutputStream(
        new FilterOutputStream(out) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            written += length;
          }
        });
  }

  @Override
  public synchronized void publish(LogRecord record) {
    super.publish(record);
    flush();
    if (written >= limit) {
      rotate();
    }
  }

  private void rotate() {
    close();
    try {
      Files.move(
          file,
          file.resolveSibling(file.getFileName() + ".1"),
          StandardCopyOption.REPLACE_EXISTING);
      open();
    } catch (IOException e) {
      // Not tried again for each record: so much must be written first.
      written = 0;
      reportError("the log cannot be begun anew", e, ErrorManager.OPEN_FAILURE);
    }
  }
}
