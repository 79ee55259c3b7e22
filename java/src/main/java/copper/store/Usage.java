package copper.store;

import copper.cache.SingleFlightCache;

/**
 * How full a cache is.
 *
 * @param answers the number of answers kept or being fetched
 * @param bytes what they take
 * @param maximumBytes what they may take
 */
public record Usage(long answers, long bytes, long maximumBytes) {
  static Usage of(SingleFlightCache<?, ?> cache) {
    return new Usage(cache.size(), cache.bytes(), cache.maximumBytes());
  }
}
