package copper.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import copper.model.FileVersion;
import copper.model.RawPath;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Tells which chunks of a large file are likely to be wanted next, from those that are.
 *
 * <p>Programs of this node and children are followed alike, several of them in one file. A program
 * that goes on from chunk to chunk has 1, 2, 4 and at last {@code furthest} come ahead of it. So
 * does a child: what it asks for already is ahead of its own readers, and a quarter of what it has
 * asked for in a row comes beyond that, again up to {@code furthest}. So each level is ahead of the
 * one below, and a reader waits for the way to its parent alone, however long the way to the root;
 * and who reads a little brings not much more, however many levels there are.
 *
 * <p>Safe on any thread.
 */
final class ReadAhead {
  private static final int FILES = 1000;

  /** Readers that are followed in one file. */
  private static final int READERS = 8;

  /** A chunk that is passed over ends no run: the kernel may ask for two in either order. */
  private static final int PASSED_OVER = 1;

  private static final int CHILDS_PART = 4;

  private final int furthest;
  private final Cache<File, Deque<Reader>> files =
      Caffeine.newBuilder().maximumSize(FILES).executor(Runnable::run).build();

  /** Files that have been read in more than one place. */
  private final Cache<File, Boolean> scattered =
      Caffeine.newBuilder().maximumSize(FILES).executor(Runnable::run).build();

  private record File(RawPath path, FileVersion version) {}

  /** One that goes through a file; guarded by the deque it is in. */
  private static final class Reader {
    /** The furthest chunk that was asked for. */
    private long at;

    /** The furthest chunk that came ahead, or is on its way. */
    private long fetched;

    /** How many chunks were asked for one after the other. */
    private long run = 1;

    private int ahead;

    private Reader(long at) {
      this.at = at;
      this.fetched = at;
    }

    private boolean isAt(long first, long last, int furthest) {
      return first <= at + 1 + PASSED_OVER && last >= at - furthest;
    }
  }

  /**
   * Chunks of a file, by number.
   *
   * @param to the last; less than {@code from} for none
   */
  record Range(long from, long to) {
    static final Range NONE = new Range(0, -1);
  }

  /**
   * Makes one that knows no reader.
   *
   * @param furthest the most chunks ahead of each
   */
  ReadAhead(int furthest) {
    this.furthest = furthest;
  }

  /**
   * Takes note that the chunks from {@code first} to {@code last} are wanted, and returns those
   * that are to come ahead now.
   *
   * @param child whether a child wants them, which itself looks ahead
   */
  Range next(RawPath path, FileVersion version, long first, long last, boolean child) {
    Deque<Reader> readers = files.get(new File(path, version), file -> new ArrayDeque<>());
    synchronized (readers) {
      Reader reader = find(readers, first, last);
      if (reader == null) {
        readers.addFirst(new Reader(last));
        if (readers.size() > READERS) {
          readers.removeLast();
        }
        return Range.NONE;
      }
      if (last <= reader.at) {
        return Range.NONE;
      }
      reader.run += last - reader.at;
      reader.at = last;
      long wish = child ? reader.run / CHILDS_PART : Math.max(1, 2L * reader.ahead);
      reader.ahead = (int) Math.min(furthest, wish);
      Range range = new Range(Math.max(last, reader.fetched) + 1, last + reader.ahead);
      reader.fetched = Math.max(reader.fetched, range.to());
      return range;
    }
  }

  /** Tells, once for each version of a file, that it has been read in more than one place. */
  boolean turnsScattered(RawPath path, FileVersion version) {
    File file = new File(path, version);
    Deque<Reader> readers = files.getIfPresent(file);
    if (readers == null) {
      return false;
    }
    synchronized (readers) {
      if (readers.size() < 2) {
        return false;
      }
    }
    return scattered.asMap().putIfAbsent(file, Boolean.TRUE) == null;
  }

  private Reader find(Deque<Reader> readers, long first, long last) {
    for (Iterator<Reader> each = readers.iterator(); each.hasNext(); ) {
      Reader reader = each.next();
      if (reader.isAt(first, last, furthest)) {
        each.remove();
        readers.addFirst(reader);
        return reader;
      }
    }
    return null;
  }

  /** Forgets all readers. */
  void clear() {
    files.invalidateAll();
    scattered.invalidateAll();
  }
}
