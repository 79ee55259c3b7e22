package copper.transport.tcp;

import copper.transport.Eventually;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What the transport logs at INFO and above during a test, kept from the terminal. */
final class LogWatch extends Handler implements BeforeEachCallback, AfterEachCallback {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Logger logger = Logger.getLogger(TcpTransport.class.getName());

  @Override
  public void beforeEach(ExtensionContext context) {
    lines.clear();
    logger.setUseParentHandlers(false);
    logger.addHandler(this);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
  }

  @Override
  public void publish(LogRecord record) {
    if (record.getLevel().intValue() >= Level.INFO.intValue()) {
      lines.add(record.getMessage());
    }
  }

  /** Returns the lines so far. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  /** Waits for a line that contains all of {@code parts}. */
  void await(String... parts) throws Exception {
    Eventually.until(
        "a log line with " + String.join(", ", parts),
        () -> lines.stream().anyMatch(line -> List.of(parts).stream().allMatch(line::contains)));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
