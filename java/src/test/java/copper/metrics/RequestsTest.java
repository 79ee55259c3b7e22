package copper.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.Errno;
import copper.model.RawPath;
import copper.model.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hits, misses and failures are told apart, and each takes the time it takes. */
class RequestsTest {
  private static final RawPath PATH = RawPath.of("/lib/python3/x.py");

  private final AtomicLong clock = new AtomicLong();
  private final Counters counters =
      new Counters(clock::get, Optional.of(new PathStatistics(10, false)));
  private final Requests getattrs = new Requests(counters, Counter.FUSE_GETATTR, Operation.GETATTR);

  @TempDir Path directory;

  private void answer(Reply<String> reply) {
    getattrs.measure(PATH, () -> CompletableFuture.completedFuture(reply));
  }

  private void answerLater(Reply<String> reply) {
    CompletableFuture<Reply<String>> answer = new CompletableFuture<>();
    getattrs.measure(PATH, () -> answer);
    clock.addAndGet(1_000_000);
    answer.complete(reply);
  }

  private OperationTotals totals() {
    return counters.totals().get(Operation.GETATTR);
  }

  @Test
  void anAnswerThatIsThereAtOnceIsAHit() {
    answer(Reply.of("x"));
    assertEquals(new OperationTotals(1, 1, 0, 0, 0, 0), totals());
    assertEquals(1, counters.get(Counter.FUSE_FROM_CACHE));
    assertEquals(1, counters.get(Counter.FUSE_GETATTR));
  }

  @Test
  void anAnswerThatComesLaterIsAMissAndIsTimed() {
    answerLater(Reply.of("x"));
    assertEquals(new OperationTotals(1, 0, 1, 0, 0, 1_000_000), totals());
    assertEquals(0, counters.get(Counter.FUSE_FROM_CACHE));
    assertEquals(1e6, (double) counters.of(Operation.GETATTR).latency().getMaxValue(), 7e4);
  }

  /** A thread that may wait for storage has the answer at once, and yet it was no hit. */
  @Test
  void whatThisThreadReadFromStorageIsAMiss() {
    getattrs.measure(
        PATH,
        () -> {
          counters.noteStorageCall();
          return CompletableFuture.completedFuture(Reply.of("x"));
        });
    assertEquals(new OperationTotals(1, 0, 1, 0, 0, 0), totals());
  }

  @Test
  void anAnswerThatFailsIsNegative() {
    answerLater(Reply.failure(Errno.ENOENT));
    answer(Reply.failure(Errno.ENOENT));
    CompletableFuture<Reply<String>> lost = new CompletableFuture<>();
    getattrs.measure(PATH, () -> lost);
    lost.completeExceptionally(new IOException("the parent is lost"));
    assertEquals(new OperationTotals(3, 0, 0, 3, 1, 1_000_000), totals());
  }

  @Test
  void aMissingNamesLifeIsCounted() {
    answerLater(Reply.failure(Errno.ENOENT));
    answer(Reply.failure(Errno.ENOENT));
    answer(Reply.failure(Errno.ENOENT));
    answerLater(Reply.failure(Errno.ENOENT));
    answerLater(Reply.of("x"));
    answer(Reply.of("x"));
    PathStatistics paths = counters.paths().orElseThrow();
    assertEquals(2, paths.total(PathStatistics.Missing.STORE));
    assertEquals(2, paths.total(PathStatistics.Missing.SERVE));
    assertEquals(1, paths.total(PathStatistics.Missing.EXPIRE));
    assertEquals(1, paths.total(PathStatistics.Missing.CLEAR));
    PathTable.Row row = paths.table(PathStatistics.Table.METADATA).top(1).get(0);
    assertEquals(PATH, row.path());
    assertEquals(List.of(1L, 1L, 4L), List.of(row.counts()[0], row.counts()[1], row.counts()[2]));
  }

  @Test
  void onePartIsClearedAndTheOthersStay() {
    answer(Reply.of("x"));
    answerLater(Reply.of("x"));
    counters.clear(EnumSet.of(OperationStats.Part.HITS, OperationStats.Part.TIMES));
    assertEquals(new OperationTotals(2, 0, 1, 0, 0, 0), totals());
    answer(Reply.of("x"));
    assertEquals(new OperationTotals(3, 1, 1, 0, 0, 0), totals());
    assertEquals(3, counters.lifetime(Operation.Layer.FUSE).calls());
    assertEquals(2, counters.lifetime(Operation.Layer.FUSE).hits());
  }

  @Test
  void aMissIsAnEventOfTheFlightRecorder() throws IOException {
    Path file = directory.resolve("misses.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("copper.Miss").withoutThreshold();
      recording.start();
      answer(Reply.of("x"));
      answerLater(Reply.of("x"));
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertEquals(1, events.size());
    assertEquals("getattr", events.get(0).getString("operation"));
    assertEquals(PATH.toString(), events.get(0).getString("path"));
    assertTrue(events.get(0).getDuration().toNanos() >= 0);
  }
}
