package copper.cache.spill;

import copper.cache.SecondHome.Found;
import copper.cache.spill.Segment.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The records that were spilled, in a few files: new ones are written behind the last, and when
 * there is no room the oldest file goes with all that is in it.
 *
 * <p>Written by one thread at a time, read by any. Blocks.
 */
final class SpillLog {
  /** Files, about; so much goes at a time when there is no room. */
  private static final int SEGMENTS = 32;

  private static final long LONGEST_SEGMENT = 256L << 20;

  private final SpillDirectory directory;
  private final long maximumBytes;
  private final int maximumRecords;
  private final ConcurrentMap<Object, Place> places = new ConcurrentHashMap<>();
  private final AtomicLong damaged = new AtomicLong();

  // Guarded by this.
  private final Deque<Segment> segments = new ArrayDeque<>();
  private long number;

  /**
   * Makes an empty log.
   *
   * @param maximumBytes bound on the length of all files together
   * @param maximumRecords bound on what is remembered of them in memory, some 300 bytes each
   */
  SpillLog(SpillDirectory directory, long maximumBytes, int maximumRecords) {
    this.directory = directory;
    this.maximumBytes = maximumBytes;
    this.maximumRecords = maximumRecords;
  }

  /** Tells whether there is a record for {@code key}. */
  boolean has(Object key) {
    return places.containsKey(key);
  }

  /**
   * Writes a record, unless it is longer than all that may be kept.
   *
   * @return whether it was written
   * @throws IOException if there is no room on the disk, or that fails
   */
  synchronized boolean write(Object key, ByteBuffer data, long tag) throws IOException {
    int length = data.limit();
    if (length > maximumBytes) {
      return false;
    }
    while (bytes() + length > maximumBytes || places.size() >= maximumRecords) {
      dropOldest();
    }
    Segment last = segments.peekLast();
    long longest = Math.min(LONGEST_SEGMENT, maximumBytes / SEGMENTS);
    if (last == null || (last.length() > 0 && last.length() + length > longest)) {
      last = new Segment(directory, "data-" + number++);
      segments.addLast(last);
    }
    places.put(key, last.append(key, data, tag));
    return true;
  }

  private void dropOldest() throws IOException {
    Segment oldest = segments.removeFirst();
    for (Object key : oldest.keys()) {
      places.computeIfPresent(key, (each, place) -> place.segment() == oldest ? null : place);
    }
    oldest.remove();
  }

  /**
   * Reads the record for {@code key}; null if there is none, or it was damaged, and is forgotten.
   *
   * @throws IOException if the disk fails
   */
  Found read(Object key) throws IOException {
    Place place = places.get(key);
    if (place == null) {
      return null;
    }
    try {
      ByteBuffer data = place.segment().read(place);
      if (data != null) {
        return new Found(data, place.tag());
      }
      damaged.incrementAndGet();
    } catch (ClosedChannelException e) {
      // It was the oldest one's, meanwhile.
    }
    places.remove(key, place);
    return null;
  }

  /** Forgets the record for {@code key}. */
  void remove(Object key) {
    places.remove(key);
  }

  /** Forgets all records and removes all files. */
  synchronized void clear() throws IOException {
    while (!segments.isEmpty()) {
      dropOldest();
    }
  }

  /** Returns the length of all files together. */
  synchronized long bytes() {
    return segments.stream().mapToLong(Segment::length).sum();
  }

  /** Returns how many records were found damaged. */
  long damaged() {
    return damaged.get();
  }
}
