package copper.metrics;

/** How a request ended, as far as the caches are concerned. */
public enum Outcome {
  /** A good answer that was in the cache. */
  HIT,
  /** A good answer that the parent or storage was asked for. */
  MISS,
  /** A failure, ENOENT as a rule, that was known here. */
  NEGATIVE_HIT,
  /** A failure that the parent or storage was asked for. */
  NEGATIVE_MISS,
  /** No cache had a part in it. */
  DONE;

  /** Returns the outcome of a request. */
  public static Outcome of(boolean good, boolean fromCache) {
    if (good) {
      return fromCache ? HIT : MISS;
    }
    return fromCache ? NEGATIVE_HIT : NEGATIVE_MISS;
  }

  /** Tells whether the cache had the answer. */
  public boolean isFromCache() {
    return this == HIT || this == NEGATIVE_HIT;
  }

  /** Tells whether the answer was a failure. */
  public boolean isNegative() {
    return this == NEGATIVE_HIT || this == NEGATIVE_MISS;
  }
}
