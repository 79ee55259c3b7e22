package copper.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import copper.cache.SingleFlightCache;
import copper.codec.Batches;
import copper.codec.Rpcs;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
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
 *
 * <p>The names of a listing say which names are missing, for as long as ENOENT is remembered; then
 * the names are asked for anew, of all directories that are probed so in one call. As with ENOENT
 * itself, each node counts the time from when it heard.
 */
final class Directories {
  /** With more names than this, a listing brings no attributes: few of them would be asked for. */
  private static final int MOST_ATTRIBUTES = 2048;

  /** With more names than this, a missing one is asked for by itself: that is less work then. */
  private static final int MOST_NAMES = 512;

  private static final int REMEMBERED = 10_000;

  /** The most directories whose names are asked for anew in one go. */
  private static final int MOST_REFRESHED = Batches.MOST - 1;

  /** Names kept of all directories together. */
  private static final int NAMES_REMEMBERED = 200_000;

  /** Longer names exist nowhere, and storage says so in its own way (NAME_MAX). */
  private static final int LONGEST_NAME = 255;

  private final CooperativeStore store;
  private final LookAhead lookAhead;
  private final Duration enoentTtl;

  /** Directories in which one unknown name was asked for. */
  private final Cache<RawPath, RawPath> askedOnce =
      Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();

  /** The names in each directory within the last time to live of ENOENT. */
  private final Cache<RawPath, Set<ByteBuffer>> current;

  /** Directories in which a name was missing since their names were last asked for. */
  private final Set<RawPath> probed = ConcurrentHashMap.newKeySet();

  /** Changes when the caches are cleared: what was asked before must not be added after. */
  private final AtomicLong generation = new AtomicLong();

  Directories(CooperativeStore store, Bundles bundles, Duration enoentTtl, Ticker ticker) {
    this.store = store;
    this.lookAhead = new LookAhead(store, bundles);
    this.enoentTtl = enoentTtl;
    this.current =
        Caffeine.newBuilder()
            .maximumWeight(NAMES_REMEMBERED)
            .weigher((RawPath directory, Set<ByteBuffer> names) -> names.size() + 1)
            .expireAfterWrite(enoentTtl)
            .ticker(ticker)
            .executor(Runnable::run)
            .build();
  }

  /**
   * Answers with the attributes of {@code path}, with its whole directory where that looks useful.
   * That a name is missing is told by its directory where that is known.
   */
  CompletableFuture<Reply<FileStat>> lstat(RawPath path) {
    if (path.isRoot() || !store.upstream().knows(Rpcs.LIST)) {
      return lookUp(path);
    }
    RawPath directory = path.parent();
    lookAhead.enter(directory);
    if (store.cacheOf(Query.LSTAT).has(path) || current.getIfPresent(directory) != null) {
      return lookUp(path);
    }
    return directoryOf(path)
        .map(
            listing ->
                listing
                    // A directory that cannot be listed says nothing of the name.
                    .handle((names, failure) -> lookUp(path))
                    .thenCompose(answer -> answer))
        .orElseGet(() -> lookUp(path));
  }

  private CompletableFuture<Reply<FileStat>> lookUp(RawPath path) {
    Set<ByteBuffer> names =
        path.isRoot() || store.cacheOf(Query.LSTAT).has(path)
            ? null
            : current.getIfPresent(path.parent());
    if (names == null) {
      return store.get(Query.LSTAT, path);
    }
    byte[] name = path.name();
    if (name.length > LONGEST_NAME || names.contains(ByteBuffer.wrap(name))) {
      return store.get(Query.LSTAT, path);
    }
    if (probed.size() < REMEMBERED) {
      probed.add(path.parent());
    }
    return CompletableFuture.completedFuture(Reply.failure(Errno.ENOENT));
  }

  /** Asks for what is worth knowing of the directory of {@code path} before its attributes. */
  private Optional<CompletableFuture<Reply<DirectoryListing>>> directoryOf(RawPath path) {
    RawPath directory = path.parent();
    Optional<Reply<DirectoryListing>> listed = store.cacheOf(Query.LIST).peek(directory);
    if (listed.isEmpty()) {
      return isWorthListing(path, directory)
          ? Optional.of(lookAhead.list(directory))
          : Optional.empty();
    }
    // The name is none of those that were listed, so most likely there is none like it.
    return !enoentTtl.isZero()
            && listed.get().ok()
            && isShort(listed.get().value())
            && store.upstream().knows(Rpcs.NAMES)
        ? Optional.of(refresh(directory))
        : Optional.empty();
  }

  /**
   * Asks for the names in {@code directory} anew, and for those in other directories whose names
   * are as old and in which a name was missing: a program that probes one probes them all.
   */
  private CompletableFuture<Reply<DirectoryListing>> refresh(RawPath directory) {
    Batch batch = new Batch(store);
    CompletableFuture<Reply<DirectoryListing>> names = store.get(Query.NAMES, directory, batch);
    probed.remove(directory);
    Iterator<RawPath> others = probed.iterator();
    for (int i = 0; i < MOST_REFRESHED && others.hasNext(); i++) {
      RawPath other = others.next();
      if (current.getIfPresent(other) == null) {
        others.remove();
        store.get(Query.NAMES, other, batch);
      }
    }
    batch.send();
    return names;
  }

  /** Answers with the names in {@code directory}, which a program of this node asks for. */
  CompletableFuture<Reply<DirectoryListing>> list(RawPath directory) {
    CompletableFuture<Reply<DirectoryListing>> listing = store.get(Query.LIST, directory);
    if (store.upstream().knows(Rpcs.LIST)) {
      listing.thenAccept(reply -> lookAhead.enter(directory));
    }
    return listing;
  }

  /** A directory in one that was listed is a part of the same tree of files, such as a package. */
  private boolean isWorthListing(RawPath path, RawPath directory) {
    if (!directory.isRoot() && store.cacheOf(Query.LIST).has(directory.parent())) {
      return true;
    }
    RawPath first = askedOnce.asMap().putIfAbsent(directory, path);
    return first != null && !first.equals(path);
  }

  private static boolean isShort(DirectoryListing listing) {
    return listing.entries().size() <= MOST_NAMES;
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
              if (store.upstream().isRoot()) {
                keepNames(directory, reply.value(), asked);
                return addAttributes(directory, reply.value());
              }
              if (reply.value().current()) {
                keepNames(directory, reply.value(), asked);
              }
              keepAttributes(directory, reply.value(), asked);
              // Whether it still is current is for dated() to say, whenever it is asked for.
              return CompletableFuture.completedFuture(reply.map(listing -> listing.with(false)));
            });
  }

  /** Fetches the names in {@code directory} as they are now by {@code ask}, and keeps them. */
  CompletableFuture<Reply<DirectoryListing>> names(
      RawPath directory, Supplier<CompletableFuture<Reply<DirectoryListing>>> ask) {
    long asked = generation.get();
    return ask.get()
        .thenApply(
            reply -> {
              if (reply.ok()) {
                keepNames(directory, reply.value(), asked);
              }
              return reply;
            });
  }

  private void keepNames(RawPath directory, DirectoryListing listing, long asked) {
    if (!isShort(listing)) {
      return;
    }
    Set<ByteBuffer> names = new HashSet<>(listing.entries().size() * 2);
    listing.entries().forEach(entry -> names.add(ByteBuffer.wrap(entry.name())));
    current.put(directory, names);
    if (generation.get() != asked) {
      current.invalidate(directory);
    }
  }

  /** Returns the listing of {@code directory} with word on whether it has all names there are. */
  Reply<DirectoryListing> dated(RawPath directory, Reply<DirectoryListing> reply) {
    Set<ByteBuffer> now = current.getIfPresent(directory);
    if (now == null) {
      return reply;
    }
    return reply.map(
        listing -> {
          Set<ByteBuffer> left = new HashSet<>(now);
          listing.entries().forEach(entry -> left.remove(ByteBuffer.wrap(entry.name())));
          return listing.with(left.isEmpty());
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
        .upstream()
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
    SingleFlightCache<RawPath, FileStat> attributes = store.cacheOf(Query.LSTAT);
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
    lookAhead.clear();
    probed.clear();
    current.invalidateAll();
  }
}
