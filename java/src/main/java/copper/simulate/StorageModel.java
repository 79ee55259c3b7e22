package copper.simulate;

import java.util.PriorityQueue;

/**
 * How long the storage takes that all roots share: it works on so many operations at a time, and
 * the bytes of all reads go through one pipe.
 */
final class StorageModel {
  private final VirtualTime time;
  private final Parameters.StorageSpeed speed;
  private final Jitter jitter;

  /** When each operation that is being worked on will be done. */
  private final PriorityQueue<Long> busy = new PriorityQueue<>();

  private long pipeFree;

  StorageModel(VirtualTime time, Parameters.StorageSpeed speed, Jitter jitter) {
    this.time = time;
    this.speed = speed;
    this.jitter = jitter;
  }

  /** Returns when an operation that brings {@code bytes} is done; on a storage thread. */
  void use(long bytes) {
    long start = time.read();
    while (!busy.isEmpty() && busy.peek() <= start) {
      busy.poll();
    }
    if (busy.size() >= speed.concurrency()) {
      start = busy.poll();
    }
    long end = start + jitter.around(speed.latency());
    if (bytes > 0) {
      pipeFree = Math.max(end, pipeFree) + (long) (bytes * 1e9 / speed.bandwidth());
      end = pipeFree;
    }
    busy.add(end);
    StorageThreads.waitUntil(end);
  }
}
