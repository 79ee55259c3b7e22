package copper.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import copper.cache.CacheMemory;
import copper.cache.SingleFlightCache;
import copper.codec.PartRequest;
import copper.model.DirectoryListing;
import copper.model.DirectoryVersion;
import copper.model.Errno;
import copper.model.RawPath;
import copper.model.Reply;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Large directories, in parts: the first comes with {@link Query#LIST}, the others when somebody
 * reads the directory to its end, each once however many read it.
 *
 * <p>All parts are of one reading of the directory, which the root of the tree makes and keeps
 * while it is being fetched: names alone, to which it adds the attributes part by part. A part of a
 * reading that is no longer there is ESTALE; every node on the way then forgets the first part too,
 * and who wanted the directory begins anew.
 */
final class Parts {
  /** Entries of a part; with usual names some 200 KiB. */
  static final int ENTRIES = 1024;

  /** How often a directory is begun anew that is read anew meanwhile. */
  private static final int RESTARTS = 3;

  /** Readings that the root keeps beyond the first part, and how long after they were used. */
  private static final int READINGS = 8;

  private static final Duration READING_KEPT = Duration.ofMinutes(1);

  private final CooperativeStore store;
  private final SingleFlightCache<PartRequest, DirectoryListing> cache;

  /** Large directories' names at the root; those give way to what needs memory more. */
  private final Cache<RawPath, DirectoryListing> readings;

  Parts(CooperativeStore store, CacheMemory memory, Ticker ticker) {
    this.store = store;
    this.cache =
        memory.metadata(
            new SingleFlightCache.Terms<>(
                request -> 128L + request.path().length(),
                Query.LIST::weight,
                SingleFlightCache.FOR_EVER,
                Duration.ZERO));
    this.readings =
        Caffeine.newBuilder()
            .maximumSize(READINGS)
            .softValues()
            .expireAfterAccess(READING_KEPT)
            .ticker(ticker)
            .executor(Runnable::run)
            .build();
  }

  /** Returns {@code version} as a reading of its own. */
  static DirectoryVersion newReading(DirectoryVersion version) {
    return version.with(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
  }

  /**
   * Answers with the first part of {@code names}, which the root has just read, and keeps the
   * others.
   */
  CompletableFuture<Reply<DirectoryListing>> begin(RawPath directory, DirectoryListing names) {
    if (names.total() > ENTRIES) {
      readings.put(directory, names);
    }
    return Attributes.add(store, directory, names.part(0, ENTRIES));
  }

  /** Answers with all of {@code directory}. */
  CompletableFuture<Reply<DirectoryListing>> whole(RawPath directory) {
    return whole(directory, RESTARTS);
  }

  private CompletableFuture<Reply<DirectoryListing>> whole(RawPath directory, int restarts) {
    return store
        .get(Query.LIST, directory)
        .thenCompose(
            first ->
                !first.ok() || first.value().isComplete()
                    ? CompletableFuture.completedFuture(first)
                    : new WholeDirectory(this, directory, first.value()).fetch())
        .thenCompose(
            reply -> {
              if (reply.errno() != Errno.ESTALE) {
                return CompletableFuture.completedFuture(reply);
              }
              return restarts > 0
                  ? whole(directory, restarts - 1)
                  : store.get(Query.READDIR, directory);
            });
  }

  /** Answers with the part that {@code request} of a child means: EINVAL if it is none of ours. */
  CompletableFuture<Reply<DirectoryListing>> serve(PartRequest request) {
    if (request.count() != ENTRIES || request.from() % ENTRIES != 0) {
      return CompletableFuture.completedFuture(Reply.failure(Errno.EINVAL));
    }
    return get(request);
  }

  /** Answers with a part. */
  CompletableFuture<Reply<DirectoryListing>> get(PartRequest request) {
    return store
        .cacheOf(Query.LIST)
        .peek(request.path())
        .filter(reply -> reply.ok() && reply.value().isComplete() && isOf(request, reply.value()))
        .map(reply -> CompletableFuture.completedFuture(cut(request, reply.value())))
        .orElseGet(() -> cache.get(request, () -> fetch(request)));
  }

  private static boolean isOf(PartRequest request, DirectoryListing listing) {
    return listing.version().equals(request.version());
  }

  private static Reply<DirectoryListing> cut(PartRequest request, DirectoryListing listing) {
    return request.from() < listing.total()
        ? Reply.of(listing.part(request.from(), request.count()))
        : Reply.failure(Errno.EINVAL);
  }

  private CompletableFuture<Reply<DirectoryListing>> fetch(PartRequest request) {
    CompletableFuture<Reply<DirectoryListing>> part =
        store.upstream().isRoot()
            ? make(request)
            : store.directories().keeping(request.path(), store.upstream().askPart(request));
    return part.thenApply(
        reply -> {
          if (reply.errno() == Errno.ESTALE) {
            forget(request);
          } else if (reply.ok() && !isOf(request, reply.value())) {
            return Reply.failure(Errno.ESTALE);
          }
          return reply;
        });
  }

  private CompletableFuture<Reply<DirectoryListing>> make(PartRequest request) {
    DirectoryListing names = readings.getIfPresent(request.path());
    if (names == null || !isOf(request, names)) {
      return CompletableFuture.completedFuture(Reply.failure(Errno.ESTALE));
    }
    Reply<DirectoryListing> part = cut(request, names);
    return part.ok()
        ? Attributes.add(store, request.path(), part.value())
        : CompletableFuture.completedFuture(part);
  }

  /** Has the directory read anew, unless that has been done. */
  private void forget(PartRequest request) {
    SingleFlightCache<RawPath, DirectoryListing> lists = store.cacheOf(Query.LIST);
    lists
        .peek(request.path())
        .filter(first -> first.ok() && isOf(request, first.value()))
        .ifPresent(stale -> lists.remove(request.path()));
  }

  /** Forgets everything. */
  void clear() {
    readings.invalidateAll();
    cache.clear();
  }
}
