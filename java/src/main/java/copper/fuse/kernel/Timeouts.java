package copper.fuse.kernel;

import java.time.Duration;

/**
 * How long the kernel may remember what it is told without asking again.
 *
 * @param entry that a name is there
 * @param attributes what a file is like
 * @param missing that a name is not there
 * @param renewed the same of a name that this node asks for anew in the kernel's place, each time
 *     that {@code missing} is over; no longer than that if it does so for none
 */
record Timeouts(Duration entry, Duration attributes, Duration missing, Duration renewed) {
  /** How often as long a missing name is remembered that is asked for anew, at most a minute. */
  private static final int ROUNDS = 10;

  private static final Duration LONGEST = Duration.ofMinutes(1);

  /** With less to live than this, asking anew would be more work than being asked. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** Makes timeouts with which names that have {@code missing} to live are asked for anew. */
  static Timeouts renewing(Duration entry, Duration attributes, Duration missing) {
    Duration longer = missing.multipliedBy(ROUNDS);
    Duration bounded = longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
    boolean worth = missing.compareTo(SHORTEST) >= 0 && missing.compareTo(bounded) < 0;
    return new Timeouts(entry, attributes, missing, worth ? bounded : missing);
  }

  /** Tells whether missing names are asked for anew. */
  boolean renews() {
    return renewed.compareTo(missing) > 0;
  }
}
