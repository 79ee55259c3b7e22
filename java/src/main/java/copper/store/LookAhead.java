package copper.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * Has come ahead what Python asks for next, once it looks around in a package: the listings of the
 * packages in it, so that an import waits for directories once and not at every level.
 *
 * <p>A package's listing comes with that of its folder of bytecode. Once a program reads bytecode
 * of a package, that of the packages in it comes, a few at a time and without tests, and at the
 * latest when such a package is entered. Nothing is waited for but the listing that was asked for,
 * and everything goes in one call. Other directories are left alone: to list what nobody asked for
 * may start an automounter, or meet a file system that hangs.
 */
final class LookAhead {
  private static final int REMEMBERED = 10_000;

  /** Packages whose bytecode comes ahead at a time; more would hold up what readers ask for. */
  private static final int LANES = 2;

  /** Of a package with more directories in it, few of them are likely to be wanted. */
  private static final int MOST_DIRECTORIES = 64;

  private static final byte[] BYTECODE = "__pycache__".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PACKAGE = "__init__.py".getBytes(StandardCharsets.US_ASCII);

  /** What tests are in by custom; they are not imported with their package. */
  private static final Set<String> TESTS = Set.of("tests", "test");

  private final CooperativeStore store;
  private final Bundles bundles;

  /** Directories in which a program has looked around. */
  private final Cache<RawPath, RawPath> entered =
      Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();

  LookAhead(CooperativeStore store, Bundles bundles) {
    this.store = store;
    this.bundles = bundles;
    bundles.onFirstRead(this::readIn);
  }

  /** Lists {@code directory}, which a program has entered. */
  CompletableFuture<Reply<DirectoryListing>> list(RawPath directory) {
    Batch batch = new Batch(store);
    CompletableFuture<Reply<DirectoryListing>> listing = store.get(Query.LIST, directory, batch);
    if (hasBytecode(directory.parent())) {
      ask(bytecode(directory), batch);
    }
    batch.send();
    listing.thenAccept(reply -> enter(directory));
    return listing;
  }

  /** Notes that a program looks around in {@code directory}; nothing happens if it did before. */
  void enter(RawPath directory) {
    Optional<Reply<DirectoryListing>> listing =
        entered.getIfPresent(directory) == null
            ? store.cacheOf(Query.LIST).peek(directory)
            : Optional.empty();
    if (listing.isEmpty()
        || !listing.get().ok()
        || entered.asMap().putIfAbsent(directory, directory) != null) {
      return;
    }
    if (hasBytecode(directory.parent()) && bundles.isRead(bytecode(directory.parent()))) {
      bundles.expect(bytecode(directory));
    }
    if (isPackage(directory)) {
      askBelow(directory, listing.get().value());
    }
  }

  private void askBelow(RawPath directory, DirectoryListing listing) {
    List<RawPath> below = directoriesIn(directory, listing).toList();
    if (below.size() > MOST_DIRECTORIES) {
      return;
    }
    RawPath bytecode = bytecode(directory);
    Batch batch = new Batch(store);
    for (RawPath each : below) {
      ask(each, batch);
      if (!each.equals(bytecode)) {
        ask(bytecode(each), batch);
      }
    }
    batch.send();
  }

  /** A program has read a file in {@code directory}: if it is bytecode, it is importing. */
  private void readIn(RawPath directory) {
    RawPath above = directory.parent();
    Optional<Reply<DirectoryListing>> listing = store.cacheOf(Query.LIST).peek(above);
    if (!directory.equals(bytecode(above)) || listing.isEmpty() || !listing.get().ok()) {
      return;
    }
    List<RawPath> packages =
        directoriesIn(above, listing.get().value())
            .filter(each -> !TESTS.contains(new String(each.name(), StandardCharsets.ISO_8859_1)))
            .toList();
    if (packages.size() <= MOST_DIRECTORIES) {
      Lanes.run(LANES, packages.iterator(), this::expectBytecode);
    }
  }

  /** Has the bytecode of {@code directory} come, if it is a package that was listed ahead. */
  private CompletableFuture<Void> expectBytecode(RawPath directory) {
    RawPath bytecode = bytecode(directory);
    return coming(directory)
        .thenCompose(names -> coming(bytecode))
        .thenCompose(
            listing ->
                isListed(bytecode) && store.cacheOf(Query.LSTAT).has(directory.resolve(PACKAGE))
                    ? bundles.expect(bytecode)
                    : CompletableFuture.<Void>completedFuture(null))
        .exceptionally(failure -> null);
  }

  /** Completes when the listing of {@code directory} is here, at once if nobody asked for it. */
  private CompletableFuture<Void> coming(RawPath directory) {
    return store.cacheOf(Query.LIST).isFetching(directory)
        ? store.get(Query.LIST, directory).thenAccept(listing -> {})
        : CompletableFuture.completedFuture(null);
  }

  private boolean isListed(RawPath directory) {
    return store.cacheOf(Query.LIST).peek(directory).filter(Reply::ok).isPresent();
  }

  private static Stream<RawPath> directoriesIn(RawPath directory, DirectoryListing listing) {
    return listing.entries().stream()
        .filter(entry -> entry.type() == FileStat.S_IFDIR && !entry.isSelfOrParent())
        .map(entry -> directory.resolve(entry.name()));
  }

  private void ask(RawPath directory, Batch batch) {
    if (!store.cacheOf(Query.LIST).has(directory)) {
      store.get(Query.LIST, directory, batch);
    }
  }

  private boolean isPackage(RawPath directory) {
    return hasBytecode(directory) || store.cacheOf(Query.LSTAT).has(directory.resolve(PACKAGE));
  }

  /** Tells whether {@code directory} is known to have a folder of bytecode. */
  private boolean hasBytecode(RawPath directory) {
    return store.cacheOf(Query.LSTAT).has(bytecode(directory));
  }

  private static RawPath bytecode(RawPath directory) {
    return directory.resolve(BYTECODE);
  }

  /** Forgets everything. */
  void clear() {
    entered.invalidateAll();
  }
}
