package copper.store;

import java.time.Duration;

/**
 * How long a node waits for those above it.
 *
 * @param firstReady how long after this node's start its parent may take to come up
 * @param failover how long a node that is asked something may give no sign of life before others
 *     are asked; one that refuses connections is given a third of it
 * @param call one try of a call
 * @param request a request with all its tries
 */
public record Timeouts(Duration firstReady, Duration failover, Duration call, Duration request) {
  /** C++ Copper's two minutes for the start, and as long for a request under way. */
  public static final Timeouts DEFAULT =
      new Timeouts(
          Duration.ofMinutes(2),
          Duration.ofSeconds(3),
          Duration.ofSeconds(30),
          Duration.ofMinutes(2));

  private static final int BEATS = 6;
  private static final int REFUSALS = 3;

  /** Returns these times with another patience for a parent that comes up. */
  public Timeouts withFirstReady(Duration patience) {
    return new Timeouts(patience, failover, call, request);
  }

  /** Returns these times with another patience for a node that was there. */
  public Timeouts withFailover(Duration patience) {
    return new Timeouts(firstReady, patience, call, request);
  }

  /** Returns how long a call may have no answer until its node is asked whether it is there. */
  Duration beat() {
    return failover.dividedBy(BEATS);
  }

  /** Returns how long a node may refuse connections. */
  Duration refused() {
    return failover.dividedBy(REFUSALS);
  }
}
