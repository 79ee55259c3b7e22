package copper.store;

import java.time.Duration;

/**
 * How long a node waits for its parent.
 *
 * @param firstReady how long a parent may take to come up at first
 * @param readyAgain how long a parent that was there may be away
 * @param probe one readiness probe
 * @param call one try of a call
 * @param request a request with all its tries
 */
public record Timeouts(
    Duration firstReady, Duration readyAgain, Duration probe, Duration call, Duration request) {
  /** C++ Copper's two minutes for the start, and as long for a request under way. */
  public static final Timeouts DEFAULT =
      new Timeouts(
          Duration.ofMinutes(2),
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          Duration.ofMinutes(2));

  /** Returns these times with another patience for a parent that is not ready. */
  public Timeouts withReady(Duration patience) {
    return new Timeouts(patience, patience, probe, call, request);
  }
}
