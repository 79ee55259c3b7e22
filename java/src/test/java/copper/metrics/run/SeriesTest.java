package copper.metrics.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.metrics.Counter;
import copper.metrics.Counters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node's series is complete at its end and stays small however long it runs. */
class SeriesTest {
  @TempDir Path directory;

  private final Counters counters = new Counters();
  private final AtomicLong clock = new AtomicLong(1000);

  private Series series() {
    RunInfo info =
        new RunInfo(directory, "h", 1, "a", Optional.empty(), "/", Duration.ofMillis(100));
    return new Series(info, counters, () -> clock.getAndAdd(1000));
  }

  private Path file() {
    return directory.resolve("profiling/series/h-1-profiling_series.csv");
  }

  @Test
  void rowsAreWrittenSomeAtATimeAndTheLastAtTheEnd() throws IOException {
    Series series = series();
    series.tick();
    assertFalse(Files.exists(file()));
    counters.add(Counter.STORAGE_READ_BYTES, 77);
    series.finish();
    assertEquals(
        List.of(
            Series.HEAD.strip(),
            "1000,0,0,0,0.000000,0,0,0,0,0,0,0,0.000000",
            "2000,0,0,0,0.000000,0,0,0,0,0,0,77,0.000000"),
        Files.readAllLines(file()));
  }

  @Test
  void aWeekTakesAFewThousandRows() throws IOException {
    Series series = series();
    for (int second = 0; second < 7 * 86_400; second++) {
      series.tick();
    }
    series.finish();
    long rows = Files.readAllLines(file()).size();
    assertTrue(rows > 4_000 && rows < 8_000, () -> rows + " rows");
  }
}
