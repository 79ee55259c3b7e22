package copper.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import copper.model.DirectoryListing;
import copper.model.DirectoryVersion;
import copper.model.RawPath;
import copper.model.Reply;
import java.time.Duration;
import java.util.Optional;

/**
 * What was read of each directory within the last time to live of ENOENT, and so which names are
 * missing there. Safe on any thread.
 */
final class KnownNames {
  /** Names kept of all directories together. */
  private static final int REMEMBERED = 1_000_000;

  /** Longer names exist nowhere, and storage says so in its own way (NAME_MAX). */
  private static final int LONGEST_NAME = 255;

  private final Cache<RawPath, Reading> readings;

  /**
   * What was read of a directory.
   *
   * @param names all names, once they are here
   */
  private record Reading(DirectoryVersion version, Optional<NameSet> names) {
    static Reading of(DirectoryListing listing) {
      return new Reading(
          listing.version(),
          Optional.of(listing)
              .filter(DirectoryListing::isComplete)
              .map(all -> NameSet.of(all.entries())));
    }

    int weight() {
      return 1 + names.map(NameSet::size).orElse(0);
    }
  }

  KnownNames(Duration enoentTtl, Ticker ticker) {
    this.readings =
        Caffeine.newBuilder()
            .maximumWeight(REMEMBERED)
            .weigher((RawPath directory, Reading reading) -> reading.weight())
            // From when it was heard: names that are added later make it no younger.
            .expireAfter(Expiry.creating((RawPath directory, Reading reading) -> enoentTtl))
            .ticker(ticker)
            .executor(Runnable::run)
            .build();
  }

  /** Takes {@code listing}, which has just been heard of, for all there is in the directory. */
  void keep(RawPath directory, DirectoryListing listing) {
    readings.invalidate(directory);
    readings.put(directory, Reading.of(listing));
  }

  /** Adds the names of a directory, all of which have come since its first part was kept. */
  void add(RawPath directory, DirectoryListing whole) {
    Reading first = readings.getIfPresent(directory);
    if (first == null || first.names().isPresent() || !first.version().equals(whole.version())) {
      return;
    }
    Reading all = Reading.of(whole);
    readings.asMap().computeIfPresent(directory, (same, now) -> now.equals(first) ? all : now);
  }

  /** Tells whether {@code directory} was read lately. */
  boolean isCurrent(RawPath directory) {
    return readings.getIfPresent(directory) != null;
  }

  /** Tells whether it is known that there is no {@code path}. */
  boolean lacks(RawPath path) {
    return lacks(path, Integer.MAX_VALUE);
  }

  /** As above, of a directory of at most {@code most} names. */
  boolean lacks(RawPath path, int most) {
    Reading reading = readings.getIfPresent(path.parent());
    return reading != null
        && reading.names().isPresent()
        && reading.names().get().size() <= most
        && path.name().length <= LONGEST_NAME
        && !reading.names().get().mayHave(path.name());
  }

  /** Returns the listing of {@code directory} with word on whether it has all names there are. */
  Reply<DirectoryListing> dated(RawPath directory, Reply<DirectoryListing> reply) {
    Reading now = readings.getIfPresent(directory);
    return now == null
        ? reply
        : reply.map(
            listing ->
                listing.with(listing.version().equals(now.version()) || hasAll(listing, now)));
  }

  private static boolean hasAll(DirectoryListing listing, Reading now) {
    return listing.isComplete()
        && now.names().filter(names -> names.isWithin(listing.entries())).isPresent();
  }

  /** Forgets {@code directory}. */
  void forget(RawPath directory) {
    readings.invalidate(directory);
  }

  /** Forgets everything. */
  void clear() {
    readings.invalidateAll();
  }
}
