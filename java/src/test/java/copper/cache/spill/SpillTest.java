package copper.cache.spill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.SecondHome.Found;
import copper.metrics.Counter;
import copper.metrics.Counters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillTest {
  @TempDir Path parent;
  private final Counters counters = new Counters();

  private Spill open() throws IOException {
    return new Spill(
        SpillDirectory.open(parent, "host"),
        new Spill.Limits(1 << 20, 1000, 100_000),
        counters,
        Thread::new);
  }

  private static ByteBuffer data(int first) {
    ByteBuffer data = ByteBuffer.allocateDirect(10_000);
    data.putInt(0, first);
    return data;
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> files = Files.walk(parent)) {
      return files.filter(file -> !file.equals(parent)).toList();
    }
  }

  @Test
  void whatWasOfferedIsFoundUntilItIsRemoved() throws Exception {
    try (Spill spill = open()) {
      assertNull(spill.find("a"));
      spill.offer("a", data(1), 11);
      spill.offer("b", data(2), 12);
      spill.awaitWritten();
      assertEquals(new Found(data(1), 11), spill.find("a").join());
      assertEquals(new Found(data(2), 12), spill.find("b").join());
      spill.remove("a");
      assertNull(spill.find("a"));
      // Taken from memory before it was removed, and late.
      spill.offer("a", data(1), 11);
      spill.awaitWritten();
      assertNull(spill.find("a"));
      spill.clear();
      spill.awaitWritten();
      assertNull(spill.find("b"));
    }
    assertEquals(List.of(), left());
    assertEquals(20_000, counters.get(Counter.SPILL_WRITTEN_BYTES));
    assertEquals(20_000, counters.get(Counter.SPILL_READ_BYTES));
  }

  @Test
  void moreThanMayWaitIsNotKept() throws Exception {
    try (Spill spill = open()) {
      spill.offer("too long to wait", ByteBuffer.allocateDirect(100_001), 0);
      spill.awaitWritten();
      assertNull(spill.find("too long to wait"));
      assertEquals(1, counters.get(Counter.SPILL_SKIPPED));
    }
  }

  @Test
  void aDirectoryThatFailsIsSaidOnceAndDoneWithout() throws Exception {
    List<LogRecord> warnings = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public synchronized void publish(LogRecord record) {
            if (record.getLevel().equals(Level.WARNING)) {
              warnings.add(record);
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(Spill.class.getName());
    logger.addHandler(handler);
    try (Spill spill = open()) {
      for (Path file : left()) {
        if (Files.isRegularFile(file)) {
          Files.delete(file);
        }
      }
      Files.delete(left().get(0));
      for (int i = 0; i < 3; i++) {
        spill.offer(i, data(i), 0);
        spill.awaitWritten();
        assertNull(spill.find(i));
      }
    } finally {
      logger.removeHandler(handler);
    }
    assertEquals(1, warnings.size(), warnings::toString);
    assertTrue(warnings.get(0).getMessage().contains("-cache_dir"));
  }

  @Test
  void aSpillThatIsClosedHasNothingAndTakesNothing() throws Exception {
    Spill spill = open();
    spill.offer("a", data(1), 0);
    spill.awaitWritten();
    spill.close();
    spill.offer("b", data(2), 0);
    assertNull(spill.find("a"));
    assertNull(spill.find("b"));
    assertEquals(List.of(), left());
  }
}
