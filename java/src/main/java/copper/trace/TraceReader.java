package copper.trace;

import copper.model.RawPath;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Reads a trace line by line, also one whose end is missing since its node was killed. For one
 * thread.
 */
public final class TraceReader implements AutoCloseable {
  private static final int LONGEST_LINE = 1 << 16;
  private static final Pattern LAST_LINE =
      Pattern.compile(TraceWriter.END + "([0-9]{1,18}) ([0-9]{1,18})");

  private final Path file;
  private final InputStream in;
  private final RawPath target;
  private long line;
  private long requests;
  private boolean complete;
  private long dropped;

  /**
   * Opens a trace.
   *
   * @throws TraceFormatException if it is none of this version
   * @throws IOException if it cannot be read
   */
  public TraceReader(Path file) throws IOException {
    this(file, Files.newInputStream(file));
  }

  /** As {@link #TraceReader(Path)}, of the bytes of {@code file}, which are closed with this. */
  TraceReader(Path file, InputStream packed) throws IOException {
    this(file, packed, true);
  }

  private TraceReader(Path file, InputStream raw, boolean packed) throws IOException {
    this.file = file;
    try {
      this.in = new BufferedInputStream(packed ? new GZIPInputStream(raw) : raw);
      String first = nextLine().orElse("");
      if (!first.startsWith(TraceWriter.MAGIC)) {
        throw new TraceFormatException(file + " is no trace of cu_fuse -record_trace, version 1");
      }
      this.target = EscapedPath.parse(first.substring(TraceWriter.MAGIC.length()));
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      raw.close();
      throw new TraceFormatException(file + " is no trace of cu_fuse -record_trace", e);
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /** Returns a reader of lines that were unpacked from {@code file}. */
  static TraceReader ofLines(Path file, InputStream lines) throws IOException {
    return new TraceReader(file, lines, false);
  }

  /**
   * Reads a whole trace, in the order in which the requests were made.
   *
   * @throws IOException as the constructor and {@link #next}
   */
  public static Trace readAll(Path file) throws IOException {
    try (TraceReader reader = new TraceReader(file)) {
      return readAll(reader);
    }
  }

  /** Reads all that is left of a trace. */
  static Trace readAll(TraceReader reader) throws IOException {
    List<TraceEntry> entries = new ArrayList<>();
    for (Optional<TraceEntry> e = reader.next(); e.isPresent(); e = reader.next()) {
      entries.add(e.get());
    }
    return new Trace(reader.target(), entries, reader.isComplete(), reader.dropped());
  }

  /** Returns the directory that was mirrored. */
  public RawPath target() {
    return target;
  }

  /**
   * Returns the next request, in the order in which they were answered; none at the trace's end,
   * and where it breaks off.
   *
   * @throws TraceFormatException if a line is wrong
   */
  public Optional<TraceEntry> next() throws IOException {
    Optional<String> text = complete ? Optional.empty() : nextLine();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (text.get().startsWith(TraceWriter.END)) {
        end(text.get());
        return Optional.empty();
      }
      TraceEntry entry = TraceEntry.parse(text.get());
      requests++;
      if (requests > TraceRecorder.MOST_REQUESTS) {
        throw new IllegalArgumentException("more requests than a recording has");
      }
      return Optional.of(entry);
    } catch (IllegalArgumentException e) {
      throw new TraceFormatException(file + ":" + line + " is wrong: " + e.getMessage(), e);
    }
  }

  private void end(String line) {
    Matcher end = LAST_LINE.matcher(line);
    if (!end.matches() || Long.parseLong(end.group(1)) != requests) {
      throw new IllegalArgumentException("the end does not fit the " + requests + " requests");
    }
    dropped = Long.parseLong(end.group(2));
    complete = true;
  }

  /** Tells whether the trace's end was reached, and it was written to its end. */
  public boolean isComplete() {
    return complete;
  }

  /** Returns how many requests are not in the trace, where it is complete. */
  public long dropped() {
    return dropped;
  }

  /** Returns the next line that is whole. */
  private Optional<String> nextLine() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    line++;
    try {
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (b == '\n') {
          return Optional.of(bytes.toString(StandardCharsets.US_ASCII));
        }
        bytes.write(b);
        if (bytes.size() > LONGEST_LINE) {
          throw new TraceFormatException(file + ":" + line + " is longer than any request");
        }
      }
    } catch (ZipException e) {
      throw new TraceFormatException(file + " is damaged after line " + (line - 1), e);
    } catch (EOFException e) {
      // Whoever wrote it was killed; what came before counts.
    }
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
