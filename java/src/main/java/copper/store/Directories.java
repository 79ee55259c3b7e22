package copper.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import copper.cache.SingleFlightCache;
import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Brings attributes a directory at a time: one call to the parent in place of one for each name.
 *
 * <p>A program that asks for one name in a directory is likely to ask for more: the second name
 * that is not known fetches the whole directory. The first does not, or every path would list "/"
 * and "/home" on its way, unless the directory above has been listed. A listing's attributes go to
 * the cache of attributes, where those who ask for them look. Large directories travel without
 * attributes.
 */
final class Directories {
  /** With more names than this, a listing brings no attributes: few of them would be asked for. */
  private static final int MOST_ATTRIBUTES = 2048;

  private static final int REMEMBERED = 10_000;

  private final CooperativeStore store;

  /** Directories in which one unknown name was asked for. */
  private final Cache<RawPath, RawPath> askedOnce =
      Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();

  /** Changes when the caches are cleared: attributes from before must not be added after. */
  private final AtomicLong generation = new AtomicLong();

  Directories(CooperativeStore store) {
    this.store = store;
  }

  /**
   * Answers with the attributes of {@code path}, with its whole directory where that looks useful.
   */
  CompletableFuture<Reply<FileStat>> lstat(RawPath path) {
    if (path.isRoot()
        || !store.parentListsAttributes()
        || store.cacheOf(Query.LSTAT).has(path)
        || !isWorthListing(path)) {
      return store.get(Query.LSTAT, path);
    }
    return store
        .get(Query.LIST, path.parent())
        // A directory that cannot be listed says nothing of the name: it may still be looked up.
        .handle((listing, failure) -> store.get(Query.LSTAT, path))
        .thenCompose(answer -> answer);
  }

  /** A directory in one that was listed is a part of the same tree of files, such as a package. */
  private boolean isWorthListing(RawPath path) {
    RawPath directory = path.parent();
    if (!directory.isRoot() && store.cacheOf(Query.LIST).has(directory.parent())) {
      return true;
    }
    RawPath first = askedOnce.asMap().putIfAbsent(directory, path);
    return first != null && !first.equals(path);
  }

  /**
   * Fetches the listing of {@code directory} by {@code ask}, and sees to the attributes: at the
   * root of the tree they are added from storage, elsewhere they came along and are kept.
   */
  CompletableFuture<Reply<DirectoryListing>> complete(
      RawPath directory, Supplier<CompletableFuture<Reply<DirectoryListing>>> ask) {
    long asked = generation.get();
    return ask.get()
        .thenCompose(
            reply -> {
              if (!reply.ok()) {
                return CompletableFuture.completedFuture(reply);
              }
              if (store.isRoot()) {
                return addAttributes(directory, reply.value());
              }
              keepAttributes(directory, reply.value(), asked);
              return CompletableFuture.completedFuture(reply);
            });
  }

  private CompletableFuture<Reply<DirectoryListing>> addAttributes(
      RawPath directory, DirectoryListing listing) {
    List<DirectoryListing.Entry> names = listing.entries();
    if (names.size() > MOST_ATTRIBUTES) {
      return CompletableFuture.completedFuture(Reply.of(listing));
    }
    List<CompletableFuture<DirectoryListing.Entry>> entries = new ArrayList<>(names.size());
    names.forEach(entry -> entries.add(new CompletableFuture<>()));
    return store
        .spread(names.size(), i -> addAttributes(directory, names.get(i), entries.get(i)))
        .thenCompose(asked -> CompletableFuture.allOf(entries.toArray(CompletableFuture<?>[]::new)))
        .thenApply(
            done ->
                Reply.of(
                    new DirectoryListing(entries.stream().map(CompletableFuture::join).toList())));
  }

  private void addAttributes(
      RawPath directory,
      DirectoryListing.Entry entry,
      CompletableFuture<DirectoryListing.Entry> complete) {
    if (entry.isSelfOrParent()) {
      complete.complete(entry);
      return;
    }
    store
        .get(Query.LSTAT, directory.resolve(entry.name()))
        .whenComplete(
            (stat, failure) -> {
              if (failure != null) {
                complete.completeExceptionally(failure);
              } else {
                complete.complete(stat.ok() ? entry.with(stat.value()) : entry);
              }
            });
  }

  private void keepAttributes(RawPath directory, DirectoryListing listing, long asked) {
    SingleFlightCache<FileStat> attributes = store.cacheOf(Query.LSTAT);
    for (DirectoryListing.Entry entry : listing.entries()) {
      if (entry.stat().isPresent()) {
        RawPath path = directory.resolve(entry.name());
        attributes.add(path, entry.stat().get());
        if (generation.get() != asked) {
          attributes.remove(path);
          return;
        }
      }
    }
  }

  /** Says that the caches are about to be cleared. */
  void beginClear() {
    generation.incrementAndGet();
    askedOnce.invalidateAll();
  }
}
