package copper.fuse.kernel;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import copper.model.RawPath;
import java.time.Duration;
import java.util.Map;

/**
 * The names the kernel was told are missing: it does not say when it forgets one, but it does so
 * when the time it was given is over. Safe on any thread.
 */
final class MissingNames {
  private final Cache<RawPath, Long> parents;

  /** Remembers each name as long as the kernel does with {@code timeout}. */
  MissingNames(Duration timeout) {
    // Twice the timeout: the kernel's clock for an entry starts when it receives our answer.
    parents =
        Caffeine.newBuilder()
            .expireAfterWrite(timeout.multipliedBy(2))
            .executor(Runnable::run)
            .build();
  }

  /** Notes that the kernel is told that {@code path}, in {@code parent}, is missing. */
  void add(Node parent, RawPath path) {
    parents.put(path, parent.id());
  }

  /** Returns the names with the ids of the directories they are missing in, and forgets them. */
  Map<RawPath, Long> take() {
    Map<RawPath, Long> taken = Map.copyOf(parents.asMap());
    parents.invalidateAll(taken.keySet());
    return taken;
  }
}
