package copper.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import copper.cache.SingleFlightCache;
import copper.codec.Rpcs;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileBundle;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Brings small files a directory at a time: one call to the parent in place of one for each file.
 *
 * <p>A program that reads a small file of a directory it has looked through is likely to read more
 * of them, as an import does with a package's modules: of 1,400 files that numpy, pandas, scipy and
 * sympy read, 1,100 are at most 64 KiB long and have such company, and a fifth of the bytes that
 * come with them is not read. The data goes to the cache of files, where those who read look. Every
 * node on the way does the same, so that storage is read once.
 */
final class Bundles {
  /** Longer files, in bytes, come when they are read. */
  private static final int SMALL = 64 << 10;

  /** A directory's small files beyond this sum, in bytes, come when they are read. */
  private static final int LARGEST_BUNDLE = 4 << 20;

  /** About what a bundle has, in bytes. */
  private static final long USUAL_BUNDLE = 1 << 20;

  private static final int REMEMBERED = 10_000;

  private final CooperativeStore store;
  private final long cacheableBytes;
  private final UnaryOperator<ByteBuffer> detach;
  private final Siblings siblings;

  /** Directories of which a file was read here. */
  private final Cache<RawPath, Boolean> read = remembering();

  /** Of which a longer file was read here, so that the others are on their way. */
  private final Cache<Siblings.Kind, Boolean> longRead = remembering();

  /** Directories whose small files have been asked for. */
  private final Cache<RawPath, Boolean> bundled = remembering();

  private volatile Consumer<RawPath> firstReads = directory -> {};

  /** Changes when the caches are cleared: data from before must not be added after. */
  private final AtomicLong generation = new AtomicLong();

  Bundles(CooperativeStore store, long cacheableBytes, UnaryOperator<ByteBuffer> detach) {
    this.store = store;
    this.cacheableBytes = cacheableBytes;
    this.detach = detach;
    this.siblings = new Siblings(store);
  }

  private static <K> Cache<K, Boolean> remembering() {
    return Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();
  }

  /** Answers with the whole file {@code path}, and has others beside it come along. */
  CompletableFuture<Reply<WholeFile>> file(RawPath path, FileStat stat) {
    if (!store.upstream().knows(Rpcs.FILES)) {
      return store.get(Query.READ_FILE, path);
    }
    RawPath directory = path.parent();
    if (!isSmall(stat)) {
      CompletableFuture<Reply<WholeFile>> answer = store.get(Query.READ_FILE, path);
      expectLonger(Siblings.Kind.of(path));
      return answer;
    }
    CompletableFuture<Reply<WholeFile>> answer = smallFile(path, directory);
    if (read.asMap().putIfAbsent(directory, Boolean.TRUE) == null) {
      firstReads.accept(directory);
    }
    return answer;
  }

  private CompletableFuture<Reply<WholeFile>> smallFile(RawPath path, RawPath directory) {
    if (isThereOrComing(path)) {
      return store.get(Query.READ_FILE, path);
    }
    if (store.cacheOf(Query.FILES).isFetching(directory)) {
      return store
          .get(Query.FILES, directory)
          // Whatever became of the bundle, the file itself can be asked for.
          .handle((bundle, failure) -> store.get(Query.READ_FILE, path))
          .thenCompose(answer -> answer);
    }
    CompletableFuture<Reply<WholeFile>> answer = store.get(Query.READ_FILE, path);
    if (isWorthBundling(directory)) {
      // Not waited for: it comes while the reader looks at its first file.
      store.get(Query.FILES, directory);
    }
    return answer;
  }

  private void expectLonger(Siblings.Kind kind) {
    if (longRead.asMap().putIfAbsent(kind, Boolean.TRUE) == null) {
      siblings.expect(kind, SMALL);
    }
  }

  private boolean isThereOrComing(RawPath path) {
    SingleFlightCache<RawPath, WholeFile> files = store.cacheOf(Query.READ_FILE);
    return files.has(path) || files.isFetching(path);
  }

  private boolean isSmall(FileStat stat) {
    return stat.isRegularFile()
        && stat.size() > 0
        && stat.size() <= SMALL
        && stat.size() < cacheableBytes;
  }

  /** Names who is to hear of each directory when the first small file in it is read here. */
  void onFirstRead(Consumer<RawPath> listener) {
    firstReads = listener;
  }

  /**
   * Has the small files of {@code directory} come, which nobody has asked for yet; completes when
   * they have.
   */
  CompletableFuture<Void> expect(RawPath directory) {
    return store.upstream().knows(Rpcs.FILES) && bundled.getIfPresent(directory) == null
        ? store.get(Query.FILES, directory).thenAccept(bundle -> {})
        : CompletableFuture.completedFuture(null);
  }

  /** Tells whether a small file in {@code directory} was read here. */
  boolean isRead(RawPath directory) {
    return read.getIfPresent(directory) != null;
  }

  private boolean isWorthBundling(RawPath directory) {
    return bundled.getIfPresent(directory) == null
        && store
            .cacheOf(Query.LIST)
            .peek(directory)
            .filter(listing -> listing.ok() && listing.value().isComplete())
            .isPresent();
  }

  /**
   * Answers with the small files of {@code directory}, and keeps them; for a child or ourselves.
   */
  CompletableFuture<Reply<FileBundle>> gather(RawPath directory) {
    long asked = generation.get();
    boolean here = !store.upstream().knows(Rpcs.FILES) || bundled.getIfPresent(directory) != null;
    bundled.put(directory, Boolean.TRUE);
    if (here) {
      return assemble(directory);
    }
    return store
        .memory()
        .bringBundle(USUAL_BUNDLE, () -> store.upstream().ask(Query.FILES, directory))
        .thenCompose(
            reply -> {
              if (reply.errno() == Errno.EOPNOTSUPP) {
                // Storage was asked, since the parent was lost meanwhile.
                return assemble(directory);
              }
              return CompletableFuture.completedFuture(
                  reply.map(
                      bundle ->
                          keep(directory, bundle, asked, store.cacheOf(Query.READ_FILE)::add)));
            });
  }

  /** Returns those small files of {@code directory} that are here, if there are any. */
  Optional<FileBundle> peek(RawPath directory) {
    SingleFlightCache<RawPath, WholeFile> files = store.cacheOf(Query.READ_FILE);
    List<FileBundle.File> here = new ArrayList<>();
    for (byte[] name :
        store
            .cacheOf(Query.LIST)
            .peek(directory)
            .filter(Reply::ok)
            .map(listing -> smallFiles(listing.value()))
            .orElse(List.of())) {
      files
          .peek(directory.resolve(name))
          .filter(Reply::ok)
          .ifPresent(file -> here.add(new FileBundle.File(name, file.value())));
    }
    return here.isEmpty() ? Optional.empty() : Optional.of(new FileBundle(here));
  }

  /**
   * Keeps the small files of {@code directory}, which have come without being asked for; returns
   * false if they are here or on their way, or if the caches have been cleared since {@code asked}.
   */
  boolean take(RawPath directory, FileBundle bundle, long asked) {
    if (store.cacheOf(Query.FILES).isFetching(directory)
        || bundled.asMap().putIfAbsent(directory, Boolean.TRUE) != null) {
      return false;
    }
    keep(directory, bundle, asked, store.cacheOf(Query.READ_FILE)::addSpare);
    if (generation.get() != asked) {
      bundled.invalidate(directory);
    }
    return generation.get() == asked;
  }

  private FileBundle keep(
      RawPath directory, FileBundle bundle, long asked, BiConsumer<RawPath, WholeFile> addition) {
    SingleFlightCache<RawPath, WholeFile> files = store.cacheOf(Query.READ_FILE);
    List<FileBundle.File> kept = new ArrayList<>(bundle.files().size());
    for (FileBundle.File file : bundle.files()) {
      RawPath path = directory.resolve(file.name());
      if (!store.served().serves(path)) {
        continue;
      }
      WholeFile content = file.content().with(detach);
      kept.add(new FileBundle.File(file.name(), content));
      addition.accept(path, content);
      if (generation.get() != asked) {
        files.remove(path);
      }
    }
    return new FileBundle(kept);
  }

  private CompletableFuture<Reply<FileBundle>> assemble(RawPath directory) {
    return store
        .get(Query.LIST, directory)
        .thenCompose(
            listing ->
                listing.ok()
                    ? assemble(directory, smallFiles(listing.value()))
                    : CompletableFuture.completedFuture(Reply.failure(listing.errno())));
  }

  private List<byte[]> smallFiles(DirectoryListing listing) {
    List<byte[]> names = new ArrayList<>();
    if (!listing.isComplete()) {
      // Of so many files few are likely to be read.
      return names;
    }
    long sum = 0;
    for (DirectoryListing.Entry entry : listing.entries()) {
      Optional<FileStat> stat = entry.stat().filter(this::isSmall);
      if (stat.isPresent() && sum + stat.get().size() <= LARGEST_BUNDLE) {
        sum += stat.get().size();
        names.add(entry.name());
      }
    }
    return names;
  }

  private CompletableFuture<Reply<FileBundle>> assemble(RawPath directory, List<byte[]> names) {
    List<CompletableFuture<Optional<WholeFile>>> files = new ArrayList<>(names.size());
    names.forEach(name -> files.add(new CompletableFuture<>()));
    return store
        .upstream()
        .spread(names.size(), i -> read(directory.resolve(names.get(i)), files.get(i)))
        .thenCompose(asked -> CompletableFuture.allOf(files.toArray(CompletableFuture<?>[]::new)))
        .thenApply(
            done -> {
              List<FileBundle.File> there = new ArrayList<>(names.size());
              for (int i = 0; i < names.size(); i++) {
                byte[] name = names.get(i);
                files.get(i).join().ifPresent(file -> there.add(new FileBundle.File(name, file)));
              }
              return Reply.of(new FileBundle(there));
            });
  }

  /** A file that cannot be read is left out: who reads it hears why. */
  private void read(RawPath path, CompletableFuture<Optional<WholeFile>> file) {
    store
        .get(Query.READ_FILE, path)
        .whenComplete(
            (reply, failure) ->
                file.complete(
                    failure == null && reply.ok() ? Optional.of(reply.value()) : Optional.empty()));
  }

  /** Says that the caches are about to be cleared. */
  void beginClear() {
    generation.incrementAndGet();
    read.invalidateAll();
    longRead.invalidateAll();
    bundled.invalidateAll();
  }
}
