package copper.cache;

/**
 * How the bytes a node may keep are shared out. Their sum is what the node was given.
 *
 * <p>Beyond it there is what is no longer kept and not yet freed, {@link #GARBAGE} at most, and
 * what is just being written to the kernel or to a child.
 *
 * @param metadata attributes, listings and link targets, on the Java heap
 * @param kept file data, which Caffeine's policy chooses
 * @param recent file data that came last, whatever the policy thinks of it
 * @param onTheWay file data that is being fetched
 */
public record Budget(long metadata, long kept, long recent, long onTheWay) {
  /** The least that makes sense, in bytes. */
  public static final long LEAST = 1 << 20;

  /** The most bytes of file data that wait to be freed; a collection costs some milliseconds. */
  public static final long GARBAGE = 48L << 20;

  private static final int PART = 8;
  private static final long MOST_RECENT = 16L << 20;
  private static final long MOST_ON_THE_WAY = 32L << 20;

  /**
   * Shares out {@code bytes}.
   *
   * @param bytes at least {@link #LEAST}
   * @param heap the most bytes that metadata may take
   */
  public static Budget of(long bytes, long heap) {
    if (bytes < LEAST) {
      throw new IllegalArgumentException(bytes + " bytes are less than " + LEAST);
    }
    long part = bytes / PART;
    long metadata = Math.min(part, heap);
    long recent = Math.min(part, MOST_RECENT);
    long onTheWay = Math.min(part, MOST_ON_THE_WAY);
    return new Budget(metadata, bytes - metadata - recent - onTheWay, recent, onTheWay);
  }

  /** Returns the sum. */
  public long total() {
    return metadata + data();
  }

  /** Returns the most bytes of file data outside the heap. */
  public long data() {
    return kept + recent + onTheWay;
  }
}
