package copper.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.RawPath;
import copper.trace.TraceEntry.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trace is read as it was written, also where its writer was killed. */
class TraceTest {
  private static final RawPath TARGET = RawPath.of("/opt/packages");

  @TempDir private Path directory;

  private static TraceEntry entry(long start, RawPath path) {
    return new TraceEntry(
        start, 7, Operation.READ, start % 2 == 0, path, 1L << 40, 131072, Answer.of(4096));
  }

  private Path file() {
    return directory.resolve("trace.gz");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  @Test
  void everyKindOfRequestIsReadAsItWasWritten() throws IOException {
    List<TraceEntry> entries = new ArrayList<>();
    byte[] bytes = new byte[256];
    for (int i = 1; i < 256; i++) {
      bytes[i] = (byte) i;
    }
    bytes[0] = '/';
    for (Operation operation : Operation.values()) {
      entries.add(
          new TraceEntry(
              entries.size(),
              2,
              operation,
              true,
              RawPath.of(bytes),
              Long.MAX_VALUE,
              Integer.MAX_VALUE,
              new Answer(0, 0100755, Long.MAX_VALUE)));
      entries.add(
          new TraceEntry(
              entries.size(), 2, operation, false, RawPath.ROOT, 0, 0, Answer.failure(2)));
    }
    try (TraceWriter writer = new TraceWriter(file(), TARGET)) {
      for (TraceEntry entry : entries) {
        writer.write(entry);
      }
      writer.addDropped(3);
    }
    assertEquals(new Trace(TARGET, entries, true, 3), TraceReader.readAll(file()));
    assertEquals(List.of(file()), files());
  }

  @Test
  void requestsComeInTheOrderInWhichTheyWereMade() throws IOException {
    try (TraceWriter writer = new TraceWriter(file(), TARGET)) {
      writer.write(entry(2, TARGET));
      writer.write(entry(1, TARGET));
    }
    assertEquals(
        List.of(1L, 2L),
        TraceReader.readAll(file()).entries().stream().map(TraceEntry::start).toList());
  }

  @Test
  void whatWasFlushedBeforeTheWriterWasKilledIsRead() throws IOException {
    TraceWriter writer = new TraceWriter(file(), TARGET);
    writer.write(entry(1, TARGET));
    writer.write(entry(2, TARGET));
    writer.flush();
    writer.write(entry(3, TARGET));
    Path partial = files().get(0);
    Trace read = TraceReader.readAll(partial);
    assertEquals(List.of(entry(1, TARGET), entry(2, TARGET)), read.entries());
    assertFalse(read.complete());
    assertFalse(Files.exists(file()));
    writer.close();
    assertEquals(List.of(file()), files());
  }

  @Test
  void aTraceThatBreaksOffAnywhereIsAPrefix() throws IOException {
    Random random = new Random(1);
    List<TraceEntry> entries = new ArrayList<>();
    try (TraceWriter writer = new TraceWriter(file(), TARGET)) {
      for (int i = 0; i < 300; i++) {
        entries.add(
            entry(
                i,
                TARGET.resolve(("file" + random.nextInt()).getBytes(StandardCharsets.US_ASCII))));
        writer.write(entries.get(i));
        if (i % 50 == 0) {
          writer.flush();
        }
      }
    }
    byte[] whole = Files.readAllBytes(file());
    Path cut = directory.resolve("cut.gz");
    int longest = 0;
    for (int length = 100; length < whole.length; length += 7) {
      Files.write(cut, Arrays.copyOf(whole, length));
      List<TraceEntry> read = TraceReader.readAll(cut).entries();
      assertEquals(entries.subList(0, read.size()), read);
      assertTrue(read.size() >= longest, "a longer piece has no fewer requests");
      longest = read.size();
    }
    assertTrue(longest >= 250, "only " + longest + " of 300 requests");
  }

  @Test
  void whatIsNoTraceIsRefusedWithItsName() throws IOException {
    Files.writeString(file(), "no gzip");
    assertRefused(file() + " is no trace of cu_fuse -record_trace");
    writeCompressed("copper-trace 2 /\n");
    assertRefused(file() + " is no trace of cu_fuse -record_trace, version 1");
    writeCompressed("copper-trace 1 /\n1 2 stat c 0\n");
    assertRefused(file() + ":2 is wrong: a request has 10 words, this line 5");
    writeCompressed("copper-trace 1 /\n1 2 open c 0 0 0 0 0 /\n");
    assertRefused(file() + ":2 is wrong: the operation 'open' is unknown");
    writeCompressed("copper-trace 1 /\n1 2 stat c 0 0 0 0 0 /a\\x\n");
    assertRefused(file() + ":2 is wrong: a backslash that is not \\xHH in '/a\\x'");
    writeCompressed("copper-trace 1 /\n" + "1".repeat(1 << 17) + "\n");
    assertRefused(file() + ":2 is longer than any request");
  }

  /** What Java takes for numbers besides, no recorder writes. */
  @Test
  void onlyWhatARecorderWritesIsTaken() throws IOException {
    for (String line :
        new String[] {
          "+1 2 stat c 0 0 0 0 0 /",
          "1 -2 stat c 0 0 0 0 0 /",
          "1 2 stat c 4096 0 0 0 0 /",
          "1 2 stat c 0 8 0 0 0 /",
          "1 2 read c 0 0 0 -1 0 /",
          "1 2 read c 0 0 0 0 2147483648 /",
          "9223372036854775807 2 stat c 0 0 0 0 0 /",
          "1 2 stat c 0 0 0 0 0 /a\\x+f",
          "1 2 stat c 0 0 0 0 0 /a\tb",
          "end 1 0",
          "end 0",
          "end 0 0 0"
        }) {
      writeCompressed("copper-trace 1 /\n" + line + "\n");
      TraceFormatException e =
          assertThrows(TraceFormatException.class, () -> TraceReader.readAll(file()), line);
      assertTrue(e.getMessage().startsWith(file() + ":2 is wrong: "), e.getMessage());
    }
  }

  private void writeCompressed(String text) throws IOException {
    try (var out = new GZIPOutputStream(Files.newOutputStream(file()))) {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
    }
  }

  private void assertRefused(String message) {
    TraceFormatException e =
        assertThrows(TraceFormatException.class, () -> TraceReader.readAll(file()));
    assertEquals(message, e.getMessage());
  }
}
