package copper.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.Errno;
import copper.model.RawPath;
import copper.model.Reply;
import copper.trace.TraceEntry.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests are noted when they are answered, with what they waited for. */
class TraceRecorderTest {
  private static final RawPath PATH = RawPath.of("/file");

  @TempDir private Path directory;

  private final AtomicLong nanos = new AtomicLong(5_000_000);
  private final AtomicLong calls = new AtomicLong();

  private TraceRecorder recorder() throws IOException {
    return new TraceRecorder(directory.resolve("trace.gz"), RawPath.ROOT, nanos::get, calls::get);
  }

  private static CompletableFuture<Reply<Integer>> note(
      TraceRecorder recorder, Supplier<CompletableFuture<Reply<Integer>>> ask) {
    return recorder.record(Operation.STAT, PATH, 0, 0, Answer::of, ask);
  }

  private List<TraceEntry> entries() throws IOException {
    Trace trace = TraceReader.readAll(directory.resolve("trace.gz"));
    assertTrue(trace.complete());
    assertEquals(0, trace.dropped());
    return trace.entries();
  }

  private static TraceEntry entry(long start, long took, boolean cached, Answer answer) {
    return new TraceEntry(start, took, Operation.STAT, cached, PATH, 0, 0, answer);
  }

  @Test
  void anAnswerThatIsThereCameFromTheCache() throws IOException {
    try (TraceRecorder recorder = recorder()) {
      nanos.addAndGet(2_000);
      CompletableFuture<Reply<Integer>> answer = CompletableFuture.completedFuture(Reply.of(7));
      assertSame(answer, note(recorder, () -> answer));
    }
    assertEquals(List.of(entry(2, 0, true, Answer.of(7))), entries());
  }

  @Test
  void anAnswerThatThisThreadReadFromStorageDidNot() throws IOException {
    try (TraceRecorder recorder = recorder()) {
      note(
          recorder,
          () -> {
            calls.incrementAndGet();
            nanos.addAndGet(3_000);
            return CompletableFuture.completedFuture(Reply.of(7));
          });
    }
    assertEquals(List.of(entry(0, 3, false, Answer.of(7))), entries());
  }

  @Test
  void anAnswerThatComesLaterIsNotedThen() throws IOException {
    try (TraceRecorder recorder = recorder()) {
      CompletableFuture<Reply<Integer>> missing = new CompletableFuture<>();
      CompletableFuture<Reply<Integer>> broken = new CompletableFuture<>();
      note(recorder, () -> missing);
      nanos.addAndGet(1_000);
      note(recorder, () -> broken);
      nanos.addAndGet(9_000);
      missing.complete(Reply.failure(Errno.ENOENT));
      broken.completeExceptionally(new IllegalStateException("no parent"));
    }
    assertEquals(
        List.of(
            entry(0, 10, false, Answer.failure(Errno.ENOENT)),
            entry(1, 9, false, Answer.failure(Errno.EIO))),
        entries());
  }
}
