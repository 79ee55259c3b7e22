package copper.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts are exact, and their file is JSON that other programs read. */
class CountersTest {
  private final Counters counters = new Counters();

  @TempDir Path directory;

  @Test
  void countsFromManyThreads() {
    CompletableFuture<?>[] threads =
        IntStream.range(0, 4)
            .mapToObj(i -> CompletableFuture.runAsync(this::countToThousand))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(threads).join();
    assertEquals(4000, counters.get(Counter.FUSE_READ));
    assertEquals(12_000, counters.get(Counter.STORAGE_READ_BYTES));
    assertEquals(0, counters.get(Counter.FUSE_READDIR));
  }

  private void countToThousand() {
    for (int i = 0; i < 1000; i++) {
      counters.increment(Counter.FUSE_READ);
      counters.add(Counter.STORAGE_READ_BYTES, 3);
    }
  }

  @Test
  void writesEveryCounterOnceAndReplacesTheFile() throws IOException {
    counters.add(Counter.RPC_BYTES_OUT, Long.MAX_VALUE);
    Path file = directory.resolve("counters.json");
    Files.writeString(file, "x".repeat(100_000));
    counters.writeJson(file);
    JsonNode json = new ObjectMapper().readTree(file.toFile());
    List<String> keys = json.properties().stream().map(entry -> entry.getKey()).toList();
    assertEquals(Stream.of(Counter.values()).map(Counter::key).toList(), keys);
    assertEquals(Long.MAX_VALUE, json.get("rpc_bytes_out").longValue());
    assertTrue(json.get("cache_hits").isIntegralNumber());
    assertEquals(0, json.get("cache_hits").longValue());
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(file), left.toList());
    }
    assertTrue(Files.readString(file).endsWith("}\n"));
  }

  @Test
  void writesNothingWhereThereIsNoDirectory() {
    Path file = directory.resolve("missing/counters.json");
    assertThrows(NoSuchFileException.class, () -> counters.writeJson(file));
    assertTrue(Files.notExists(file.getParent()));
  }

  @Test
  void keysAreInLowerCase() {
    assertEquals("rpc_bytes_in", Counter.RPC_BYTES_IN.key());
  }
}
