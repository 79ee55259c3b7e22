package copper.transport.tcp;

import java.time.Duration;

/**
 * How long one embedded transport waits for what, calls' own timeouts aside.
 *
 * @param connect until a TCP connection stands
 * @param handshake until the other end of a new connection has shown who it is
 * @param stall how long a peer may take hardly a byte of what is queued for it before its
 *     connection is given up
 * @param silence when a call times out on a connection from which nothing came for so long although
 *     an answer was due, the next call makes a new connection: the old one's peer may be gone
 *     without a word
 * @param firstBackOff after the first failed connection attempt, how long calls fail at once
 *     without another; doubled with each further failure
 * @param longestBackOff where doubling ends
 */
public record TcpTimes(
    Duration connect,
    Duration handshake,
    Duration stall,
    Duration silence,
    Duration firstBackOff,
    Duration longestBackOff) {
  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(1);

  /** 5 s to connect, 5 s to shake hands, 30 s of stall, 5 s of silence, 10 ms to 1 s back-off. */
  public static final TcpTimes DEFAULTS =
      new TcpTimes(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofSeconds(5),
          Duration.ofMillis(10),
          Duration.ofSeconds(1));

  /**
   * Checks that every time is more than nothing and at most a day.
   *
   * @throws IllegalArgumentException if one is not
   */
  public TcpTimes {
    for (Duration time :
        new Duration[] {connect, handshake, stall, silence, firstBackOff, longestBackOff}) {
      if (time.compareTo(SHORTEST) < 0 || time.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException("a time of " + time + " is not 1 ms to 1 day");
      }
    }
  }
}
