package copper.fuse.jnr;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The paths the kernel may know, since we answered for them: what a reset has to invalidate.
 *
 * <p>libfuse's path interface does not say which node ids the kernel holds, so this remembers paths
 * and the mount turns them into ids when it must. Missing names are forgotten with the kernel's own
 * timeout.
 */
final class KernelPaths {
  private final Set<RawPath> present = ConcurrentHashMap.newKeySet();
  private final Cache<RawPath, Boolean> missing;
  private final AtomicLong generation = new AtomicLong();

  KernelPaths(Duration negativeTimeout) {
    // Twice the timeout: the kernel's clock for an entry starts when it receives our answer.
    this.missing = Caffeine.newBuilder().expireAfterWrite(negativeTimeout.multipliedBy(2)).build();
  }

  /** Notes that the kernel was given {@code reply} for {@code path}. */
  void answered(RawPath path, Reply<FileStat> reply) {
    if (reply.ok()) {
      present.add(path);
    } else if (reply.errno() == Errno.ENOENT) {
      missing.put(path, Boolean.TRUE);
    }
  }

  /** Returns a number that changes at each invalidation, before the paths are taken. */
  long generation() {
    return generation.get();
  }

  /** Begins an invalidation: answers that were asked for before it are stale. */
  void beginInvalidation() {
    generation.incrementAndGet();
  }

  /** Returns the paths that were there and forgets them; parents come before what is in them. */
  List<RawPath> takePresent() {
    List<RawPath> paths = new ArrayList<>(present);
    paths.forEach(present::remove);
    paths.sort(null);
    return paths;
  }

  /** Returns the paths that were missing and forgets them. */
  List<RawPath> takeMissing() {
    List<RawPath> paths = new ArrayList<>(missing.asMap().keySet());
    missing.invalidateAll(paths);
    return paths;
  }
}
