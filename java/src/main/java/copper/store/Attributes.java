package copper.store;

import copper.model.DirectoryListing;
import copper.model.DirectoryListing.Entry;
import copper.model.RawPath;
import copper.model.Reply;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Adds to the names of a directory, at the root of the tree, what storage says of each: its
 * attributes and a link's target.
 */
final class Attributes {
  /** Link targets beyond this sum, in bytes, come when they are read. */
  private static final int LARGEST_TARGETS = 64 << 10;

  private final CooperativeStore store;
  private final RawPath directory;
  private final Entry[] entries;
  private final AtomicInteger left;
  private final AtomicInteger targets = new AtomicInteger(LARGEST_TARGETS);
  private final CompletableFuture<List<Entry>> done = new CompletableFuture<>();

  private Attributes(CooperativeStore store, RawPath directory, List<Entry> entries) {
    this.store = store;
    this.directory = directory;
    this.entries = entries.toArray(Entry[]::new);
    this.left = new AtomicInteger(this.entries.length);
  }

  /** Answers with {@code listing} and what its entries lack; a name that is gone stays without. */
  static CompletableFuture<Reply<DirectoryListing>> add(
      CooperativeStore store, RawPath directory, DirectoryListing listing) {
    if (listing.entries().isEmpty()) {
      return CompletableFuture.completedFuture(Reply.of(listing));
    }
    Attributes attributes = new Attributes(store, directory, listing.entries());
    store
        .upstream()
        .spread(attributes.entries.length, attributes::ask)
        .exceptionally(
            closing -> {
              attributes.done.completeExceptionally(closing);
              return null;
            });
    return attributes.done.thenApply(all -> Reply.of(listing.with(all)));
  }

  private void ask(int index) {
    Entry entry = entries[index];
    if (entry.isSelfOrParent()) {
      finish();
      return;
    }
    RawPath path = directory.resolve(entry.name());
    store
        .get(Query.LSTAT, path)
        .whenComplete(
            (stat, failure) -> {
              if (failure != null) {
                done.completeExceptionally(failure);
                return;
              }
              if (stat.ok()) {
                entries[index] = entry.with(stat.value());
              }
              if (stat.ok() && stat.value().isSymbolicLink()) {
                askTarget(index, path);
              } else {
                finish();
              }
            });
  }

  private void askTarget(int index, RawPath path) {
    store
        .get(Query.READLINK, path)
        .whenComplete(
            (target, failure) -> {
              // Who reads the link hears why it cannot be read.
              if (failure == null
                  && target.ok()
                  && targets.addAndGet(-target.value().length) >= 0) {
                entries[index] = entries[index].with(target.value());
              }
              finish();
            });
  }

  private void finish() {
    if (left.decrementAndGet() == 0) {
      done.complete(Arrays.asList(entries));
    }
  }
}
