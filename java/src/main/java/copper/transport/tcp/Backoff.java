package copper.transport.tcp;

import com.github.benmanes.caffeine.cache.Ticker;
import java.util.random.RandomGenerator;

/**
 * When the next attempt to connect is due: after a wait that doubles with each failure, of which
 * half is random so that nodes which lost a peer together do not come back together.
 *
 * <p>Confined to one thread.
 */
final class Backoff {
  private final Ticker ticker;
  private final RandomGenerator random;
  private final long first;
  private final long longest;
  private long next;
  private long notBefore;

  /** Starts without a wait. */
  Backoff(Ticker ticker, RandomGenerator random, TcpTimes times) {
    this.ticker = ticker;
    this.random = random;
    this.first = times.firstBackOff().toNanos();
    this.longest = Math.max(first, times.longestBackOff().toNanos());
  }

  /** Notes a failed attempt, made or ended now. */
  void failed() {
    long wait = next == 0 ? first : next;
    next = Math.min(longest, wait * 2);
    notBefore = ticker.read() + wait / 2 + random.nextLong(wait / 2 + 1);
  }

  /** Forgets the failures. */
  void succeeded() {
    next = 0;
  }

  /** Returns the nanoseconds until the next attempt is due, 0 or less if it is. */
  long remaining() {
    return next == 0 ? 0 : notBefore - ticker.read();
  }
}
