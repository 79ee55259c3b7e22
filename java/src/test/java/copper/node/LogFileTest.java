package copper.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log keeps its name and never takes more than twice its bound. */
class LogFileTest {
  private static final Formatter LINE =
      new Formatter() {
        @Override
        public String format(LogRecord record) {
          return record.getMessage() + "\n";
        }
      };

  @TempDir Path directory;

  private static void log(LogFile file, int from, int to) {
    for (int i = from; i < to; i++) {
      file.publish(new LogRecord(Level.INFO, String.format("%09d", i)));
    }
  }

  @Test
  void appendsToWhatIsThere() throws IOException {
    Path path = directory.resolve("a %g-output.log");
    for (int i = 0; i < 3; i++) {
      LogFile file = new LogFile(path, 1 << 20, LINE);
      log(file, i, i + 1);
      file.close();
    }
    assertEquals(List.of("000000000", "000000001", "000000002"), Files.readAllLines(path));
  }

  @Test
  void beginsAnewWhenItIsFull() throws IOException {
    Path path = directory.resolve("x-output.log");
    LogFile file = new LogFile(path, 100, LINE);
    log(file, 0, 35);
    file.close();
    assertEquals(
        List.of("000000030", "000000031", "000000032", "000000033", "000000034"),
        Files.readAllLines(path));
    assertEquals("000000020", Files.readAllLines(directory.resolve("x-output.log.1")).get(0));
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(2, files.count());
    }
  }

  /** /dev/full takes what is opened and fails every write, as a full disk does. */
  @Test
  void aFullDiskIsNobodysFailure() throws IOException {
    LogFile file = new LogFile(Path.of("/dev/full"), 1 << 20, LINE);
    int[] errors = new int[1];
    file.setErrorManager(
        new java.util.logging.ErrorManager() {
          @Override
          public synchronized void error(String message, Exception exception, int code) {
            errors[0]++;
          }
        });
    log(file, 0, 3);
    assertTrue(errors[0] > 0);
    file.close();
  }
}
