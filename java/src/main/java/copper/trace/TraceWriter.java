package copper.trace;

import copper.model.RawPath;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.zip.GZIPOutputStream;

/**
 * Writes a trace: gzip over lines of ASCII. For one thread.
 *
 * <p>The first line is {@code copper-trace 1 TARGET}. Each further line is a request (see {@link
 * TraceEntry}): start, time taken, operation, {@code c} or {@code w} (from the cache, or waited
 * for), errno, mode in octal, size, offset, length, path. The last one is {@code end REQUESTS
 * DROPPED}.
 *
 * <p>All goes to a file of its own beside the one that is meant, and takes its name when it is
 * complete. Whoever dies before leaves that file, which is readable as far as it was flushed.
 */
public final class TraceWriter implements AutoCloseable {
  static final String MAGIC = "copper-trace 1 ";
  static final String END = "end ";

  private static final int BUFFER = 1 << 16;

  private final Path file;
  private final Path partial;
  private final OutputStream out;
  private long requests;
  private long dropped;
  private boolean flushed;
  private boolean closed;

  /**
   * Begins a trace.
   *
   * @param target the directory that was mirrored
   * @throws IOException if the directory of {@code file} cannot be written
   */
  public TraceWriter(Path file, RawPath target) throws IOException {
    this.file = file.toAbsolutePath();
    if (Files.isDirectory(this.file)) {
      throw new FileSystemException(file.toString(), null, "it is a directory");
    }
    // As readable as a file made in the ordinary way.
    this.partial =
        Files.createTempFile(
            this.file.getParent(),
            this.file.getFileName() + ".",
            ".partial",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
    this.out = new GZIPOutputStream(Files.newOutputStream(partial), BUFFER, true);
    writeLine(MAGIC + target);
    flush();
  }

  /** Adds a request. */
  public void write(TraceEntry entry) throws IOException {
    writeLine(entry.line());
    requests++;
  }

  /** Adds to the number of requests that were made and are not in the trace. */
  public void addDropped(long count) {
    dropped += count;
  }

  /** Returns how many requests have been written. */
  public long requests() {
    return requests;
  }

  private void writeLine(String line) throws IOException {
    out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    flushed = false;
  }

  /** Makes what was written so far readable by others. */
  public void flush() throws IOException {
    if (!flushed) {
      out.flush();
      flushed = true;
    }
  }

  /** Completes the trace, which only now is under its name. Closing twice does nothing. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    writeLine(END + requests + " " + dropped);
    out.close();
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
