package copper.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/** The counts of one node; cheap to add to from any thread. */
public final class Counters {
  private final Map<Counter, LongAdder> adders = new EnumMap<>(Counter.class);

  /** Makes counts that are all zero. */
  public Counters() {
    for (Counter counter : Counter.values()) {
      adders.put(counter, new LongAdder());
    }
  }

  /** Adds one to {@code counter}. */
  public void increment(Counter counter) {
    adders.get(counter).increment();
  }

  /** Adds {@code amount} to {@code counter}. */
  public void add(Counter counter, long amount) {
    adders.get(counter).add(amount);
  }

  /** Returns the present count. */
  public long get(Counter counter) {
    return adders.get(counter).sum();
  }

  /**
   * Writes all counts to {@code file} as one flat JSON object, whole or not at all.
   *
   * @throws IOException if the directory cannot be written
   */
  public void writeJson(Path file) throws IOException {
    String json =
        adders.entrySet().stream()
            .map(entry -> "  \"" + entry.getKey().key() + "\": " + entry.getValue().sum())
            .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
    Path partial = file.resolveSibling(file.getFileName() + ".tmp");
    Files.writeString(partial, json);
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
