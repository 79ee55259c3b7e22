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
import java.util.concurrent.CompletableFuture;

/**
 * Has come ahead what Python asks for next, once it looks around in a package: the listings of the
 * packages in it, so that an import waits for directories once and not at every level.
 *
 * <p>A package's listing comes with that of its folder of bytecode, and the files of such a folder
 * come as soon as its package is entered where those of the package above were read. Nothing is
 * waited for but the listing that was asked for, and everything goes in one call. Other directories
 * are left alone: to list what nobody asked for may start an automounter, or meet a file system
 * that hangs.
 */
final class LookAhead {
  private static final int REMEMBERED = 10_000;

  /** Of a package with more directories in it, few of them are likely to be wanted. */
  private static final int MOST_DIRECTORIES = 64;

  private static final byte[] BYTECODE = "__pycache__".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PACKAGE = "__init__.py".getBytes(StandardCharsets.US_ASCII);

  private final CooperativeStore store;
  private final Bundles bundles;

  /** Directories in which a program has looked around. */
  private final Cache<RawPath, RawPath> entered =
      Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();

  LookAhead(CooperativeStore store, Bundles bundles) {
    this.store = store;
    this.bundles = bundles;
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
    List<RawPath> below =
        listing.entries().stream()
            .filter(entry -> entry.type() == FileStat.S_IFDIR && !entry.isSelfOrParent())
            .map(entry -> directory.resolve(entry.name()))
            .toList();
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
