package copper.transport.keyed;

/**
 * The numbers of a caller's latest calls, by which one that comes again is known; the network may
 * bring them in another order than they were sent. Safe on any thread.
 */
final class Window {
  /** A call that is overtaken by this many others is taken for an old one. */
  static final int SIZE = 8192;

  private static final int WORD = Long.SIZE;

  private final long[] seen = new long[SIZE / WORD];

  /** Above all that have come. */
  private long next;

  /** Tells whether {@code number} has not come before, and takes note that it has now. */
  synchronized boolean accept(long number) {
    if (number < 0 || number == Long.MAX_VALUE || number < next - SIZE) {
      return false;
    }
    if (number >= next) {
      forget(number);
      next = number + 1;
    }
    int word = (int) (number % SIZE / WORD);
    long bit = 1L << number % WORD;
    boolean isNew = (seen[word] & bit) == 0;
    seen[word] |= bit;
    return isNew;
  }

  /** Makes room for the numbers from {@code next} to {@code last}. */
  private void forget(long last) {
    for (long number = Math.max(next, last - SIZE + 1); number <= last; number++) {
      seen[(int) (number % SIZE / WORD)] &= ~(1L << number % WORD);
    }
  }
}
