package copper.trace;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Traces. */
public final class TraceTargets {
  private static final Path FILE = Path.of("/the/trace.gz");

  private TraceTargets() {}

  /** Reads the lines. */
  public static void lines(byte[] input) {
    try (TraceReader reader = TraceReader.ofLines(FILE, new ByteArrayInputStream(input))) {
      Trace trace = TraceReader.readAll(reader);
      for (TraceEntry entry : trace.entries()) {
        if (!TraceEntry.parse(entry.line()).equals(entry) || entry.end() < entry.start()) {
          throw new AssertionError(entry.line());
        }
      }
    } catch (TraceFormatException e) {
      // As it should be.
    } catch (IOException e) {
      throw new AssertionError("nothing was read from a disk", e);
    }
  }

  /** Unpacks and reads the file. */
  public static void file(byte[] input) {
    try {
      byte[] lines = new GZIPInputStream(new ByteArrayInputStream(input)).readNBytes(1 << 20);
      lines(lines);
    } catch (IOException e) {
      // The JDK's own business; what the reader makes of it comes next.
    }
    try {
      TraceReader.readAll(new TraceReader(FILE, new ByteArrayInputStream(input)));
    } catch (TraceFormatException e) {
      // As it should be.
    } catch (IOException e) {
      throw new AssertionError("a damaged file is no failure of the disk", e);
    }
  }
}
