package copper.metrics;

/**
 * Numbers of one operation at one moment.
 *
 * @param calls how often it was done
 * @param hits good answers from the cache
 * @param misses good answers from elsewhere
 * @param negatives failures
 * @param negativesFromCache those of them that the cache knew
 * @param nanos the time all calls together took, in nanoseconds
 */
public record OperationTotals(
    long calls, long hits, long misses, long negatives, long negativesFromCache, long nanos) {
  /** Nothing at all. */
  public static final OperationTotals NONE = new OperationTotals(0, 0, 0, 0, 0, 0);

  /** Returns the sum of both. */
  public OperationTotals plus(OperationTotals other) {
    return new OperationTotals(
        calls + other.calls,
        hits + other.hits,
        misses + other.misses,
        negatives + other.negatives,
        negativesFromCache + other.negativesFromCache,
        nanos + other.nanos);
  }

  /** Returns what came on top of {@code earlier}. */
  OperationTotals since(OperationTotals earlier) {
    return new OperationTotals(
        calls - earlier.calls,
        hits - earlier.hits,
        misses - earlier.misses,
        negatives - earlier.negatives,
        negativesFromCache - earlier.negativesFromCache,
        nanos - earlier.nanos);
  }

  /** Returns what the cache answered, failures it knew included. */
  public long fromCache() {
    return hits + negativesFromCache;
  }

  /** Returns the mean time of a call in microseconds; 0 without calls. */
  public double meanMicros() {
    return calls == 0 ? 0 : nanos / 1000.0 / calls;
  }

  /** Returns the time all calls together took, in seconds. */
  public double seconds() {
    return nanos / 1e9;
  }
}
