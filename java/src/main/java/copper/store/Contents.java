package copper.store;

import copper.metrics.run.CacheContents;
import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.RawPath;
import java.util.List;
import java.util.function.BiConsumer;

/** What the caches of a store hold; a large file is passed once for each chunk that is here. */
final class Contents implements CacheContents {
  private final CooperativeStore store;
  private final Chunks chunks;

  Contents(CooperativeStore store, Chunks chunks) {
    this.store = store;
    this.chunks = chunks;
  }

  @Override
  public void forEachFile(BiConsumer<RawPath, Long> visitor) {
    store
        .cacheOf(Query.READ_FILE)
        .forEach(
            (path, file) -> {
              if (file.ok()) {
                visitor.accept(path, (long) file.value().length());
              }
            });
    chunks.forEach(visitor);
  }

  @Override
  public void forEachDirectory(BiConsumer<RawPath, DirectoryListing> visitor) {
    for (Query<DirectoryListing> query : List.of(Query.READDIR, Query.LIST)) {
      store
          .cacheOf(query)
          .forEach(
              (path, listing) -> {
                if (listing.ok()) {
                  visitor.accept(path, listing.value());
                }
              });
    }
  }

  @Override
  public void forEachStat(BiConsumer<RawPath, FileStat> visitor) {
    store
        .cacheOf(Query.LSTAT)
        .forEach(
            (path, stat) -> {
              if (stat.ok()) {
                visitor.accept(path, stat.value());
              }
            });
  }
}
