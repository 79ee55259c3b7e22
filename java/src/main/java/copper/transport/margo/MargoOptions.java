package copper.transport.margo;

import java.time.Duration;
import java.util.Objects;

/**
 * What a Margo transport is opened with.
 *
 * @param address where to listen, in Mercury's words: a protocol (cxi, ofi+tcp, na+sm, ofi+verbs)
 *     or an address (cxi://cxi1, ofi+tcp://127.0.0.1:7101). Handed on as it is, as C++ Copper does
 *     with -net_type
 * @param maxPayload the longest payload sent or taken, in bytes
 * @param pollThreads the threads that run handlers and complete calls
 * @param longestHandling when a handler's future is cancelled; Margo does not tell how long the
 *     caller waits
 * @param connectTimeout how long a peer on TCP may take to accept a connection before calls are
 *     sent to it
 * @param mayBeEnded whether whoever reaches the node can end it, as C++ Copper's cu_fuse_shutdown
 *     does
 */
public record MargoOptions(
    String address,
    long maxPayload,
    int pollThreads,
    Duration longestHandling,
    Duration connectTimeout,
    boolean mayBeEnded) {
  private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 64L;
  private static final int MOST_THREADS = 64;

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if one makes no sense
   */
  public MargoOptions {
    Objects.requireNonNull(address);
    if (address.isEmpty() || address.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("no address to listen on");
    }
    if (maxPayload < 0 || maxPayload > LONGEST_ARRAY) {
      throw new IllegalArgumentException(maxPayload + " bytes: take 0 to " + LONGEST_ARRAY);
    }
    if (pollThreads < 1 || pollThreads > MOST_THREADS) {
      throw new IllegalArgumentException(pollThreads + " threads: take 1 to " + MOST_THREADS);
    }
  }

  /** Returns the usual options for a transport at {@code address}. */
  public static MargoOptions of(String address) {
    return new MargoOptions(
        address, 1L << 30, 1, Duration.ofMinutes(2), Duration.ofSeconds(1), true);
  }

  /** Returns these options with another bound on payloads. */
  public MargoOptions withMaxPayload(long bytes) {
    return new MargoOptions(
        address, bytes, pollThreads, longestHandling, connectTimeout, mayBeEnded);
  }

  /** Returns these options with another number of threads. */
  public MargoOptions withPollThreads(int number) {
    return new MargoOptions(
        address, maxPayload, number, longestHandling, connectTimeout, mayBeEnded);
  }

  /** Returns these options with another bound on handlers. */
  public MargoOptions withLongestHandling(Duration longest) {
    return new MargoOptions(address, maxPayload, pollThreads, longest, connectTimeout, mayBeEnded);
  }

  /** Returns these options for a node that is not ended by whoever asks. */
  public MargoOptions withoutRemoteEnd() {
    return new MargoOptions(
        address, maxPayload, pollThreads, longestHandling, connectTimeout, false);
  }
}
