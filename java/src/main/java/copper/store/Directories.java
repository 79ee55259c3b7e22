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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Brings attributes a directory at a time: one call to the parent in place of one for each name.
 *
 * <p>A program that asks for one name in a directory is likely to ask for more: the second name
 * that is not known fetches the whole directory. The first does not, or every path would list "/"
 * and "/home" on its way, unless the directory above has been listed. A listing's attributes go to
 * the cache of attributes, where those who ask for them look. Of a large directory only the first
 * part comes with a name that is looked up (see {@link Parts}).
 *
 * <p>The names of a listing say which names are missing, for as long as ENOENT is remembered; then
 * the names are asked for anew, of all directories that are probed so in one call. As with ENOENT
 * itself, each node counts the time from when it heard.
 */
final class Directories {
  /** With more names than this, a missing one is asked for by itself: that is less work then. */
  private static final int MOST_NAMES = 512;

  private static final int REMEMBERED = 10_000;

  /** The most directories whose names are asked for anew in one go. */
  private static final int MOST_REFRESHED = Batches.MOST - 1;

  /** How often the names of a directory are asked for anew while none is found missing there. */
  private static final int MOST_IN_VAIN = 3;

  private final CooperativeStore store;
  private final Parts parts;
  private final LookAhead lookAhead;
  private final Duration enoentTtl;

  /** Directories in which one unknown name was asked for. */
  private final Cache<RawPath, RawPath> askedOnce =
      Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();

  private final KnownNames known;

  /**
   * Directories in which a name was missing lately, with how often their names have been asked for
   * since.
   */
  private final Map<RawPath, Integer> probed = new ConcurrentHashMap<>();

  /** Changes when the caches are cleared: what was asked before must not be added after. */
  private final AtomicLong generation = new AtomicLong();

  Directories(
      CooperativeStore store, Parts parts, Bundles bundles, Duration enoentTtl, Ticker ticker) {
    this.store = store;
    this.parts = parts;
    this.lookAhead = new LookAhead(store, bundles);
    this.enoentTtl = enoentTtl;
    this.known = new KnownNames(enoentTtl, ticker);
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
    if (store.cacheOf(Query.LSTAT).has(path) || known.isCurrent(directory)) {
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
    if (path.isRoot() || store.cacheOf(Query.LSTAT).has(path) || !known.lacks(path)) {
      return store.get(Query.LSTAT, path);
    }
    store.intake().ifPresent(intake -> intake.used(Query.LSTAT, path));
    if (probed.size() < REMEMBERED) {
      probed.put(path.parent(), 0);
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

  /** See {@link CooperativeStore#lacks}. */
  boolean lacks(RawPath path) {
    return known.lacks(path, MOST_NAMES) && store.upstream().knows(Rpcs.NAMES);
  }

  /** See {@link CooperativeStore#appeared}. */
  CompletableFuture<Set<RawPath>> appeared(Collection<RawPath> paths) {
    Batch batch = new Batch(store);
    Set<RawPath> appeared = ConcurrentHashMap.newKeySet();
    List<CompletableFuture<Void>> asked = new ArrayList<>();
    paths.stream()
        .collect(Collectors.groupingBy(RawPath::parent))
        .forEach(
            (directory, names) ->
                asked.add(
                    tells(directory, batch)
                        .thenAccept(
                            told ->
                                names.stream()
                                    .filter(path -> told && !known.lacks(path))
                                    .forEach(appeared::add))));
    batch.send();
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(all -> appeared);
  }

  /**
   * Has {@code batch} ask for the names of {@code directory} if they are of age; answers whether
   * what is known of it then is all there is to know, which it is not when nobody answers.
   */
  private CompletableFuture<Boolean> tells(RawPath directory, Batch batch) {
    return known.isCurrent(directory)
        ? CompletableFuture.completedFuture(true)
        : store
            .get(Query.NAMES, directory, batch)
            .handle(
                (names, failure) ->
                    failure == null
                        ? !names.ok() || known.isCurrent(directory)
                        : Upstream.isUnknown(failure));
  }

  /**
   * Asks for the names in {@code directory} anew, and for those in other directories whose names
   * are as old and in which a name was missing: a program that probes one probes them all, and so
   * does the next program like it.
   */
  private CompletableFuture<Reply<DirectoryListing>> refresh(RawPath directory) {
    Batch batch = new Batch(store);
    CompletableFuture<Reply<DirectoryListing>> names = store.get(Query.NAMES, directory, batch);
    probed.remove(directory);
    Iterator<Map.Entry<RawPath, Integer>> others = probed.entrySet().iterator();
    for (int asked = 0; asked < MOST_REFRESHED && others.hasNext(); ) {
      Map.Entry<RawPath, Integer> entry = others.next();
      RawPath other = entry.getKey();
      if (known.isCurrent(other) || store.cacheOf(Query.NAMES).isFetching(other)) {
        continue;
      }
      if (entry.getValue() == MOST_IN_VAIN) {
        others.remove();
        continue;
      }
      entry.setValue(entry.getValue() + 1);
      store.get(Query.NAMES, other, batch);
      asked++;
    }
    batch.send();
    return names;
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
    return listing.total() <= MOST_NAMES;
  }

  /** Answers with all of {@code directory}, which a program of this node asks for. */
  CompletableFuture<Reply<DirectoryListing>> list(RawPath directory) {
    return parts
        .whole(directory)
        .thenApply(
            reply -> {
              if (reply.ok()) {
                known.add(directory, reply.value());
                if (store.upstream().knows(Rpcs.LIST)) {
                  lookAhead.enter(directory);
                }
              }
              return reply;
            });
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
              DirectoryListing listing = numbered(reply.value());
              if (isFromStorage(reply.value())) {
                keepNames(directory, listing, asked);
                return parts.begin(directory, listing);
              }
              if (listing.current()) {
                keepNames(directory, listing, asked);
              }
              keepAttributes(directory, listing, asked);
              // Whether it still is current is for dated() to say, whenever it is asked for.
              return CompletableFuture.completedFuture(Reply.of(listing.with(false)));
            });
  }

  /** Parents give a number, or, C++ ones, nothing but names. */
  private static boolean isFromStorage(DirectoryListing listing) {
    return listing.current() && listing.version().reading() == 0;
  }

  /** What storage or a C++ parent gives has no number yet. */
  private static DirectoryListing numbered(DirectoryListing listing) {
    return listing.version().reading() == 0
        ? listing.with(Parts.newReading(listing.version()))
        : listing;
  }

  /** Changes with each clearing of the caches. */
  long generation() {
    return generation.get();
  }

  /**
   * Keeps a listing that the parent has sent without being asked for it; returns false if there is
   * one, or one is on its way, or if the caches have been cleared since {@code asked}.
   */
  boolean take(RawPath directory, DirectoryListing listing, long asked) {
    SingleFlightCache<RawPath, DirectoryListing> listings = store.cacheOf(Query.LIST);
    if (!listings.addSpare(directory, listing.with(false))) {
      return false;
    }
    if (listing.current()) {
      keepNames(directory, listing, asked);
    }
    keepAttributes(directory, listing, asked);
    if (generation.get() != asked) {
      listings.remove(directory);
    }
    return generation.get() == asked;
  }

  /** Keeps the attributes that came with a further part of a directory. */
  CompletableFuture<Reply<DirectoryListing>> keeping(
      RawPath directory, CompletableFuture<Reply<DirectoryListing>> part) {
    long asked = generation.get();
    return part.thenApply(
        reply -> {
          if (reply.ok()) {
            keepAttributes(directory, reply.value(), asked);
          }
          return reply;
        });
  }

  /**
   * Fetches the names in {@code directory} as they are now by {@code ask}, and keeps them. A
   * directory that has become large is EFBIG: its names are to be looked up one by one.
   */
  CompletableFuture<Reply<DirectoryListing>> names(
      RawPath directory, Supplier<CompletableFuture<Reply<DirectoryListing>>> ask) {
    long asked = generation.get();
    return ask.get()
        .thenApply(
            reply -> {
              if (reply.errno() == Errno.EFBIG
                  || (reply.ok() && reply.value().total() > Parts.ENTRIES)) {
                store.cacheOf(Query.LIST).remove(directory);
                return Reply.failure(Errno.EFBIG);
              }
              if (reply.ok()) {
                keepNames(directory, reply.value(), asked);
              }
              return reply;
            });
  }

  private void keepNames(RawPath directory, DirectoryListing listing, long asked) {
    known.keep(directory, listing);
    if (generation.get() != asked) {
      known.forget(directory);
    }
  }

  /** Returns the listing of {@code directory} with word on whether it has all names there are. */
  Reply<DirectoryListing> dated(RawPath directory, Reply<DirectoryListing> reply) {
    return known.dated(directory, reply);
  }

  private void keepAttributes(RawPath directory, DirectoryListing listing, long asked) {
    SingleFlightCache<RawPath, FileStat> attributes = store.cacheOf(Query.LSTAT);
    SingleFlightCache<RawPath, byte[]> links = store.cacheOf(Query.READLINK);
    for (DirectoryListing.Entry entry : listing.entries()) {
      if (entry.stat().isPresent()) {
        RawPath path = directory.resolve(entry.name());
        attributes.add(path, entry.stat().get());
        entry.target().ifPresent(target -> links.add(path, target));
        if (generation.get() != asked) {
          attributes.remove(path);
          links.remove(path);
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
    known.clear();
  }
}
