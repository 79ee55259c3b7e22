package copper.cache;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** Where file data may go that memory has no room for. Safe on any thread, never blocks. */
public interface SecondHome {
  /** None: what is dropped is gone. */
  SecondHome NONE =
      new SecondHome() {
        @Override
        public void offer(Object key, ByteBuffer data, long tag) {}

        @Override
        public CompletableFuture<Found> find(Object key) {
          return null;
        }

        @Override
        public void remove(Object key) {}

        @Override
        public void clear() {}
      };

  /**
   * What was kept.
   *
   * @param data from position 0 to the limit, the finder's own
   * @param tag as it was offered
   */
  record Found(ByteBuffer data, long tag) {}

  /** Keeps {@code data}, which must not change, if there is room and time for it. */
  void offer(Object key, ByteBuffer data, long tag);

  /**
   * Returns null if nothing is kept for {@code key}. Else the future completes, never
   * exceptionally, with what was offered, or with null if that cannot be had any more.
   */
  CompletableFuture<Found> find(Object key);

  /** Forgets what is kept for {@code key}; what was taken from memory before is not kept later. */
  void remove(Object key);

  /** Forgets everything. */
  void clear();
}
