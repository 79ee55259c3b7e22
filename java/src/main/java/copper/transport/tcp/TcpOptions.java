package copper.transport.tcp;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.transport.Secret;
import java.util.Objects;

/**
 * What an embedded transport is opened with.
 *
 * @param bind where to listen; port 0 takes any free port
 * @param advertised what {@link TcpTransport#address} says instead of {@code bind}, or null; port 0
 *     stands for the real port
 * @param secret the job's secret, or null, which only a loopback address allows
 * @param threads the event loops, each a thread; one is enough for most nodes
 * @param limits the bounds on memory
 * @param times the waits
 * @param ticker the clock of deadlines and back-off, which must keep real time
 */
public record TcpOptions(
    TcpAddress bind,
    TcpAddress advertised,
    Secret secret,
    int threads,
    TcpLimits limits,
    TcpTimes times,
    Ticker ticker) {
  private static final int MOST_THREADS = 64;

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the number of threads makes no sense
   */
  public TcpOptions {
    Objects.requireNonNull(bind);
    Objects.requireNonNull(limits);
    Objects.requireNonNull(times);
    Objects.requireNonNull(ticker);
    if (threads < 1 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(threads + " threads: take 1 to " + MOST_THREADS);
    }
  }

  /** Returns the usual options for a transport at {@code bind}; {@code secret} may be null. */
  public static TcpOptions of(TcpAddress bind, Secret secret) {
    return new TcpOptions(
        bind, null, secret, 1, TcpLimits.DEFAULTS, TcpTimes.DEFAULTS, Ticker.systemTicker());
  }

  /** Returns these options with another advertised address. */
  public TcpOptions withAdvertised(TcpAddress address) {
    return new TcpOptions(bind, address, secret, threads, limits, times, ticker);
  }

  /** Returns these options with another number of threads. */
  public TcpOptions withThreads(int number) {
    return new TcpOptions(bind, advertised, secret, number, limits, times, ticker);
  }

  /** Returns these options with other limits. */
  public TcpOptions withLimits(TcpLimits other) {
    return new TcpOptions(bind, advertised, secret, threads, other, times, ticker);
  }

  /** Returns these options with other times. */
  public TcpOptions withTimes(TcpTimes other) {
    return new TcpOptions(bind, advertised, secret, threads, limits, other, ticker);
  }
}
