package copper.cli;

import copper.codec.TreeReport;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Shows how far a prefetch is: on a terminal in one line that is written over, otherwise in a line
 * every few seconds.
 */
final class Progress {
  private static final int BAR = 24;
  private static final long TERMINAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final PrintStream err;
  private final boolean terminal;
  private long began;
  private long shown;
  private boolean open;

  Progress(PrintStream err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  /** Shows a word on the progress, unless the last was shown a moment ago or {@code quiet}. */
  void show(ByteBuffer word, boolean quiet) {
    long now = System.nanoTime();
    if (began == 0) {
      began = now;
      shown = now - TERMINAL_NANOS;
    }
    if (quiet || now - shown < (terminal ? TERMINAL_NANOS : LINE_NANOS)) {
      return;
    }
    shown = now;
    String text = text(TreeReport.decode(word), (now - began) / 1e9);
    if (terminal) {
      err.print("\r" + text + "\033[K");
      err.flush();
      open = true;
    } else {
      err.println(text);
    }
  }

  private static String text(TreeReport report, double seconds) {
    Map<String, Long> values = PrefetchCommand.values(report);
    long files = values.getOrDefault("done_files", 0L);
    long ofFiles = values.getOrDefault("planned_files", 0L);
    long bytes = values.getOrDefault("done_bytes", 0L);
    long ofBytes = values.getOrDefault("planned_bytes", 0L);
    double part = ofBytes + ofFiles == 0 ? 1 : (bytes + files) / (double) (ofBytes + ofFiles);
    double rate = seconds > 0 ? bytes / seconds : 0;
    int filled = (int) (BAR * part);
    return String.format(
        "[%s%s] %d/%d files, %s of %s, %s, %s/s, %s left",
        "#".repeat(filled),
        ".".repeat(BAR - filled),
        files,
        ofFiles,
        Reports.bytes(bytes),
        Reports.bytes(ofBytes),
        Reports.nodes(report.done()),
        Reports.bytes((long) rate),
        rate > 0 ? (long) Math.ceil((ofBytes - bytes) / rate) + " s" : "?");
  }

  /** Ends the line that was written over. */
  void end() {
    if (open) {
      err.println();
    }
  }
}
