package copper.node;

import copper.config.CopperConfig;
import copper.config.IoReason;
import copper.config.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;

/**
 * The log of a node: C++ Copper's levels, types and file names on java.util.logging.
 *
 * <p>The file is {@code logs/<host>-<pid>-output.log} under the run's directory; when it reaches 64
 * MiB it is renamed to {@code …-output.log.1} and begun anew, so that a chatty level cannot fill a
 * disk.
 */
final class Logging {
  private static final int BYTES_PER_FILE = 64 << 20;

  /** Above SEVERE: what ends the node. */
  static final Level FATAL = new Fatal();

  private static final class Fatal extends Level {
    private static final long serialVersionUID = 1L;

    private Fatal() {
      super("FATAL", SEVERE.intValue() + 100);
    }
  }

  private Logging() {}

  /**
   * Sets up logging for the whole process.
   *
   * @throws UsageException if the log cannot be written
   */
  static void configure(CopperConfig config, String host) throws UsageException {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    root.setLevel(Level.OFF);
    Level level = level(config.logLevel());
    Logger copper = Logger.getLogger("copper");
    copper.setLevel(level);
    if (level.equals(Level.OFF)) {
      return;
    }
    if (config.logType().toStdout()) {
      add(
          root,
          new StreamHandler(System.out, new Line()) {
            @Override
            public synchronized void publish(LogRecord record) {
              super.publish(record);
              flush();
            }
          });
    }
    Optional<Path> file = file(config, host);
    if (file.isPresent()) {
      add(root, open(file.get()));
    }
  }

  /** Returns the file that the log goes to, if it goes to one. */
  static Optional<Path> file(CopperConfig config, String host) {
    return config
        .logOutputDir()
        .filter(directory -> config.logLevel() > 0 && config.logType().toFile())
        .map(directory -> directory.resolve("logs").resolve(fileName(host, "output.log")));
  }

  private static void add(Logger root, Handler handler) {
    handler.setLevel(Level.ALL);
    root.addHandler(handler);
  }

  /** Returns the name of a file that this node alone writes, of those in a job's directory. */
  static String fileName(String host, String what) {
    return host + "-" + ProcessHandle.current().pid() + "-" + what;
  }

  private static Handler open(Path file) throws UsageException {
    Path directory = file.getParent();
    try {
      Files.createDirectories(directory);
      Handler handler = new LogFile(file, BYTES_PER_FILE, new Line());
      handler.setEncoding("UTF-8");
      return handler;
    } catch (IOException e) {
      throw new UsageException(
          "-log_output_dir: the log in " + directory + " cannot be written: " + IoReason.of(e), e);
    }
  }

  /** Returns the java.util.logging level for {@code -log_level}. */
  static Level level(int number) {
    return switch (number) {
      case 0 -> Level.OFF;
      case 1 -> FATAL;
      case 2 -> Level.SEVERE;
      case 3 -> Level.WARNING;
      case 4 -> Level.INFO;
      default -> Level.FINE;
    };
  }

  /** One record a line: time, level, class, thread, message; a stack trace below it. */
  private static final class Line extends Formatter {
    @Override
    public String format(LogRecord record) {
      StringBuilder line =
          new StringBuilder(
              String.format(
                  Locale.ROOT,
                  "%1$tF %1$tT.%1$tL [%2$s] (%3$s) %4$s%n",
                  record.getMillis(),
                  name(record.getLevel()),
                  record.getLoggerName(),
                  formatMessage(record)));
      for (Throwable t = record.getThrown(); t != null; t = t.getCause()) {
        line.append("  ").append(t).append(System.lineSeparator());
        for (StackTraceElement frame : t.getStackTrace()) {
          line.append("    at ").append(frame).append(System.lineSeparator());
        }
      }
      return line.toString();
    }

    private static String name(Level level) {
      if (level.intValue() > Level.SEVERE.intValue()) {
        return "FATAL";
      }
      if (level.equals(Level.SEVERE)) {
        return "ERROR";
      }
      return level.intValue() < Level.INFO.intValue() ? "DEBUG" : level.getName();
    }
  }
}
