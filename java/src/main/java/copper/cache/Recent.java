package copper.cache;

import copper.model.Reply;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The file data that came or was used last, kept whatever the cache's policy thinks of it.
 *
 * <p>A full cache admits what is used often. What has only just come, ahead of its reader even, is
 * what it would drop first, and a reader that goes through a large file in small steps would have
 * every stretch come several times. Safe on any thread.
 */
final class Recent {
  private final long bound;
  private final Map<Slot, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  private record Entry(CompletableFuture<? extends Reply<?>> answer, long bytes) {}

  Recent(long bound) {
    this.bound = bound;
  }

  /** Keeps {@code answer}, and drops the oldest ones that there is no room for then. */
  synchronized void put(Slot slot, CompletableFuture<? extends Reply<?>> answer, long weight) {
    if (weight > bound) {
      return;
    }
    remove(slot);
    entries.put(slot, new Entry(answer, weight));
    bytes += weight;
    Iterator<Entry> oldest = entries.values().iterator();
    while (bytes > bound) {
      bytes -= oldest.next().bytes();
      oldest.remove();
    }
  }

  /** Returns the answer for {@code slot}; null if it is not kept. */
  synchronized CompletableFuture<? extends Reply<?>> find(Slot slot) {
    Entry entry = entries.get(slot);
    return entry == null ? null : entry.answer();
  }

  synchronized void remove(Slot slot) {
    Entry entry = entries.remove(slot);
    if (entry != null) {
      bytes -= entry.bytes();
    }
  }

  synchronized void clear() {
    entries.clear();
    bytes = 0;
  }

  synchronized long bytes() {
    return bytes;
  }
}
