package copper.control;

import copper.codec.PrefetchItem;
import copper.codec.PrefetchItem.Kind;
import copper.model.RawPath;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * What is to be fetched ahead, in order, and how much it is.
 *
 * <p>Filled on any thread; read when it is full.
 */
final class PrefetchPlan {
  /** A batch has about so many bytes of files, and at most so many items. */
  private static final long BATCH_BYTES = 16 << 20;

  private static final int BATCH_ITEMS = 64;

  /** What a file takes in memory beside its data: its keys and entries. */
  private static final long BESIDE_A_FILE = 512;

  /** The part of a chunk's length that it takes beside. */
  private static final long BESIDE_A_CHUNK = 64;

  private final List<Part> parts = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  /**
   * An item and what it amounts to.
   *
   * @param files the number of files
   * @param wholeBytes the data of those that are kept whole
   * @param chunkBytes the data of those that are kept in chunks
   */
  record Part(PrefetchItem item, long files, long wholeBytes, long chunkBytes) {
    static final Part NOTHING = of(RawPath.ROOT, Kind.ATTRIBUTES);

    static Part of(RawPath path, Kind kind) {
      return new Part(PrefetchItem.of(kind, path), 0, 0, 0);
    }

    Part plus(Part other) {
      return new Part(
          item, files + other.files, wholeBytes + other.wholeBytes, chunkBytes + other.chunkBytes);
    }

    long bytes() {
      return wholeBytes + chunkBytes;
    }

    /** Returns what all of it takes in memory. */
    long memory() {
      return bytes() + files * BESIDE_A_FILE + chunkBytes / BESIDE_A_CHUNK;
    }
  }

  synchronized void add(Part part) {
    parts.add(part);
  }

  synchronized void problem(String line) {
    problems.add(line);
  }

  synchronized List<String> problems() {
    return List.copyOf(problems);
  }

  /** Returns the sum of all parts. */
  synchronized Part total() {
    return parts.stream().reduce(Part.NOTHING, Part::plus);
  }

  /** Returns the parts in batches; to be asked by one thread at a time. */
  synchronized Iterator<List<Part>> batches() {
    return new Batches(List.copyOf(parts));
  }

  private static final class Batches implements Iterator<List<Part>> {
    private final List<Part> parts;
    private int next;

    private Batches(List<Part> parts) {
      this.parts = parts;
    }

    @Override
    public boolean hasNext() {
      return next < parts.size();
    }

    @Override
    public List<Part> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      int from = next;
      long bytes = 0;
      while (next < parts.size() && next - from < BATCH_ITEMS && bytes < BATCH_BYTES) {
        bytes += parts.get(next++).bytes();
      }
      return parts.subList(from, next);
    }
  }
}
