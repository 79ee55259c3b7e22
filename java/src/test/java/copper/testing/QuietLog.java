package copper.testing;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Has a logger say nothing during a test that brings about what it would tell of. */
public final class QuietLog implements BeforeEachCallback, AfterEachCallback {
  private final Logger log;
  private final Level level;

  /** Makes it for the logger of that name and those below. */
  public QuietLog(String name) {
    log = Logger.getLogger(name);
    level = log.getLevel();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    log.setLevel(Level.OFF);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    log.setLevel(level);
  }
}
