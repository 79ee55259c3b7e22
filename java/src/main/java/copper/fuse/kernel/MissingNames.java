package copper.fuse.kernel;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import copper.model.RawPath;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names the kernel was told are missing: it does not say when it forgets one, but it does so
 * when the time it was given is over. Safe on any thread.
 */
final class MissingNames {
  /** Names beyond these are not asked for anew. */
  private static final int MOST_RENEWED = 16_384;

  private final Timeouts timeouts;
  private final Cache<RawPath, Name> names;

  /**
   * A missing name.
   *
   * @param parent the id of the directory it is missing in
   * @param renewed whether it is asked for anew in the kernel's place
   */
  private record Name(long parent, boolean renewed) {}

  /** Remembers each name as long as the kernel does with {@code timeouts}. */
  MissingNames(Timeouts timeouts, Ticker ticker) {
    this.timeouts = timeouts;
    this.names =
        Caffeine.newBuilder()
            .expireAfter(
                Expiry.writing(
                    // The kernel's clock for an entry starts when it receives our answer.
                    (RawPath path, Name name) -> told(name).plus(timeouts.missing())))
            .ticker(ticker)
            .executor(Runnable::run)
            .build();
  }

  private Duration told(Name name) {
    return name.renewed() ? timeouts.renewed() : timeouts.missing();
  }

  /**
   * Notes that the kernel is told that {@code path}, in {@code parent}, is missing; returns for how
   * long.
   *
   * @param renewed whether it can be asked for anew in the kernel's place
   */
  Duration add(Node parent, RawPath path, boolean renewed) {
    Name name = new Name(parent.id(), renewed && names.estimatedSize() < MOST_RENEWED);
    names.put(path, name);
    return told(name);
  }

  /** Returns the names that are to be asked for anew. */
  Set<RawPath> renewed() {
    return names.asMap().entrySet().stream()
        .filter(entry -> entry.getValue().renewed())
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Returns all names with the ids of the directories they are missing in, and forgets them. */
  Map<RawPath, Long> take() {
    return take(names.asMap().keySet());
  }

  /** Returns those of {@code paths} that it has, as {@link #take()} does, and forgets them. */
  Map<RawPath, Long> take(Collection<RawPath> paths) {
    Map<RawPath, Name> taken = names.getAllPresent(paths);
    names.invalidateAll(taken.keySet());
    return taken.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> entry.getValue().parent()));
  }
}
