package copper.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.fuse.Mount;
import copper.metrics.Pending;
import copper.model.RawPath;
import copper.simulate.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the watchdog says and does, in virtual time. */
class WatchdogTest {
  private static final Logger LOG = Logger.getLogger(Watchdog.class.getName());

  private final VirtualTime time = new VirtualTime();
  private final TestMount mount = new TestMount();
  private final List<LogRecord> records = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          records.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private Duration standstill = Duration.ZERO;
  private int ends;

  private static final class TestMount implements Mount {
    private final List<Pending> pending = new ArrayList<>();
    private boolean served = true;

    @Override
    public List<Pending> pending() {
      return List.copyOf(pending);
    }

    @Override
    public boolean isServed() {
      return served;
    }

    @Override
    public void awaitEnd() {}

    @Override
    public void invalidateAll() {}

    @Override
    public void invalidate(RawPath path) {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void start() {
    LOG.addHandler(handler);
    LOG.setUseParentHandlers(false);
    new Watchdog(mount, () -> "the state\n", () -> ends++, this::now, time).start();
  }

  @AfterEach
  void end() {
    LOG.removeHandler(handler);
    LOG.setUseParentHandlers(true);
  }

  private long now() {
    return time.read() + standstill.toNanos();
  }

  private void assertSaid(String... messages) {
    assertEquals(List.of(messages), records.stream().map(LogRecord::getMessage).toList());
  }

  private void ask(String path) {
    mount.pending.add(new Pending("read", path, now()));
  }

  @Test
  void aRequestThatWaitsLongIsNamedOnce() {
    time.advance(Duration.ofHours(1));
    ask("/slow");
    time.advance(Duration.ofSeconds(50));
    ask("/other");
    assertSaid();
    time.advance(Duration.ofHours(1));
    assertSaid("read /slow has no answer after 65 s; the node's state:\nthe state");
    assertEquals(Level.WARNING, records.get(0).getLevel());
    mount.pending.clear();
    time.advance(Duration.ofMinutes(1));
    assertEquals(2, records.size(), "it says that it is over");
    ask("/slow");
    ask("/slower");
    time.advance(Duration.ofMinutes(2));
    assertEquals(
        "read /slow has no answer after 65 s, and 1 more; the node's state:\nthe state",
        records.get(2).getMessage());
    assertEquals(0, ends, "a slow request is no reason to end");
  }

  @Test
  void aMountThatNobodyServesIsEndedOnce() {
    mount.served = false;
    time.advance(Duration.ofSeconds(20));
    mount.served = true;
    time.advance(Duration.ofSeconds(20));
    mount.served = false;
    time.advance(Duration.ofSeconds(29));
    assertEquals(0, ends, "not for long enough at once");
    time.advance(Duration.ofMinutes(10));
    assertEquals(1, ends);
    assertEquals(1, records.size());
    assertEquals(Level.SEVERE, records.get(0).getLevel());
    assertTrue(records.get(0).getMessage().endsWith("the state"), records.get(0)::getMessage);
  }

  /** As after SIGSTOP and SIGCONT: nobody could answer, or read, meanwhile. */
  @Test
  void aStandstillOfTheProcessItselfDoesNotCount() {
    ask("/slow");
    mount.served = false;
    time.advance(Duration.ofSeconds(10));
    standstill = Duration.ofHours(1);
    time.advance(Duration.ofSeconds(25));
    assertSaid();
    assertEquals(0, ends);
    time.advance(Duration.ofSeconds(10));
    assertEquals(1, ends);
    mount.served = true;
    time.advance(Duration.ofMinutes(1));
    assertEquals(2, records.size(), "then it counts again");
  }
}
