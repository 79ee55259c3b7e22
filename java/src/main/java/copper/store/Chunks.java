package copper.store;

import copper.cache.CacheMemory;
import copper.cache.FileData;
import copper.cache.SingleFlightCache;
import copper.codec.ChunkRequest;
import copper.codec.Rpcs;
import copper.model.Chunk;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;

/**
 * Large files, in chunks: what is read of them comes, each chunk once however many read it, and
 * what is likely to be read next comes ahead.
 *
 * <p>A chunk belongs to one version of its file (see {@link FileVersion}), by which it is asked for
 * and kept. A node that is asked for a version which storage no longer has answers ESTALE, and so
 * every node on the way learns that what it knows of the file is old. A chunk that a child asks for
 * is passed on while the next ones come ({@link ReadAhead}), so a large file takes the time of one
 * hop and a chunk for each further one.
 */
final class Chunks {
  /** Of shared libraries, which are mapped and faulted in here and there, this much is wanted. */
  static final int BYTES = 256 << 10;

  /** Shorter files come whole. */
  static final long SHORTEST_FILE = 1 << 20;

  /** The most chunks that come ahead of a reader. */
  private static final int FURTHEST_AHEAD = 16;

  /** Of a file of at most this many bytes that is read here and there, the rest comes too. */
  private static final long LONGEST_WHOLE = 12 << 20;

  /** Chunks of such a rest that come at a time; more would hold up what readers ask for. */
  private static final int LANES = 3;

  private final CooperativeStore store;
  private final SingleFlightCache<Key, Chunk> cache;
  private final CacheMemory memory;
  private final ReadAhead ahead = new ReadAhead(FURTHEST_AHEAD);

  private record Key(RawPath path, FileVersion version, long index) {}

  Chunks(CooperativeStore store, CacheMemory memory) {
    this.store = store;
    this.memory = memory;
    this.cache =
        memory.data(
            new SingleFlightCache.Terms<>(
                key -> 64L + key.path().length(),
                chunk -> chunk.data().limit() + FileData.overhead(chunk.data().limit()),
                SingleFlightCache.FOR_EVER,
                Duration.ZERO),
            new Form());
  }

  /** Chunks, as the cache of file data sees them. */
  private static final class Form implements FileData<Key, Chunk> {
    @Override
    public long expected(Key key) {
      return BYTES;
    }

    @Override
    public ByteBuffer data(Chunk chunk) {
      return chunk.data();
    }

    @Override
    public long tag(Chunk chunk) {
      return chunk.checksum();
    }

    @Override
    public Chunk of(ByteBuffer data, long checksum) {
      return new Chunk(data, (int) checksum);
    }
  }

  /** Answers with up to {@code size} bytes from {@code offset} on; fewer at the file's end only. */
  CompletableFuture<Reply<ByteBuffer>> read(RawPath path, FileStat stat, long offset, int size) {
    FileVersion version = FileVersion.of(stat);
    long end = Math.min(stat.size(), offset + size);
    if (offset >= end) {
      return CompletableFuture.completedFuture(Reply.of(ByteBuffer.allocate(0)));
    }
    List<CompletableFuture<Reply<Chunk>>> parts = new ArrayList<>();
    long last = (end - 1) / BYTES;
    for (long index = offset / BYTES; index <= last; index++) {
      parts.add(get(path, version, index));
    }
    readAhead(path, version, offset / BYTES, last, false);
    if (parts.size() == 1) {
      return parts.get(0).thenApply(part -> slice(part, offset, end));
    }
    return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            all -> {
              Reply<ByteBuffer> joined = join(parts, offset, end);
              memory.usedOnce();
              return joined;
            });
  }

  /**
   * Answers with the chunk that {@code request} of a child means: EINVAL if it is not one of ours.
   */
  CompletableFuture<Reply<Chunk>> serve(ChunkRequest request) {
    if (!isOurs(request)) {
      return CompletableFuture.completedFuture(Reply.failure(Errno.EINVAL));
    }
    long index = request.offset() / BYTES;
    CompletableFuture<Reply<Chunk>> chunk = get(request.path(), request.version(), index);
    readAhead(request.path(), request.version(), index, index, true);
    return chunk;
  }

  private CompletableFuture<Reply<Chunk>> get(RawPath path, FileVersion version, long index) {
    Key key = new Key(path, version, index);
    store
        .intake()
        .filter(intake -> cache.has(key))
        .ifPresent(intake -> intake.used(PushThing.of(request(key))));
    return sentOn(key, cache.get(key, () -> fetch(path, version, index)));
  }

  private Optional<CompletableFuture<Reply<Chunk>>> getAhead(
      RawPath path, FileVersion version, long index) {
    Key key = new Key(path, version, index);
    return cache.getAhead(key, () -> fetch(path, version, index)).map(chunk -> sentOn(key, chunk));
  }

  /** Has a chunk that comes from the parent sent on to children. */
  private CompletableFuture<Reply<Chunk>> sentOn(Key key, CompletableFuture<Reply<Chunk>> chunk) {
    if (!chunk.isDone() && !store.upstream().isRoot()) {
      store.pushing().offer(PushThing.of(request(key)), chunk);
    }
    return chunk;
  }

  private static ChunkRequest request(Key key) {
    return new ChunkRequest(key.path(), key.index() * BYTES, BYTES, key.version());
  }

  private static Key key(ChunkRequest request) {
    return new Key(request.path(), request.version(), request.offset() / BYTES);
  }

  private static boolean isOurs(ChunkRequest request) {
    return request.length() == BYTES && request.offset() % BYTES == 0;
  }

  /** Returns the chunk that {@code request} means, if it is here. */
  Optional<Reply<Chunk>> peek(ChunkRequest request) {
    return cache.peek(key(request)).filter(Reply::ok);
  }

  /** Keeps a chunk that nobody has asked for; returns whether it was of use. */
  boolean take(ChunkRequest request, Chunk chunk) {
    return isOurs(request) && cache.addSpare(key(request), chunk);
  }

  /** Forgets a chunk. */
  void remove(ChunkRequest request) {
    cache.remove(key(request));
  }

  private CompletableFuture<Reply<Chunk>> fetch(RawPath path, FileVersion version, long index) {
    return store
        .upstream()
        .askChunk(new ChunkRequest(path, index * BYTES, BYTES, version))
        .thenApply(
            reply -> {
              if (reply.errno() == Errno.ESTALE || reply.errno() == Errno.ENOENT) {
                store.forget(path);
              }
              return reply;
            });
  }

  /** Tells whether the chunk that holds {@code offset} is here. */
  boolean has(RawPath path, FileStat stat, long offset) {
    return cache.has(new Key(path, FileVersion.of(stat), offset / BYTES));
  }

  /** Has chunks come ahead of who wants these; storage itself reads ahead for the root. */
  private void readAhead(RawPath path, FileVersion version, long first, long last, boolean child) {
    if (store.upstream().isRoot()) {
      return;
    }
    ReadAhead.Range range = ahead.next(path, version, first, last, child);
    long end = Math.min(range.to(), (version.size() - 1) / BYTES);
    for (long index = range.from(); index <= end; index++) {
      getAhead(path, version, index);
    }
    if (!child && version.size() <= LONGEST_WHOLE && ahead.turnsScattered(path, version)) {
      fetchRest(path, version, last + 1);
    }
  }

  /**
   * Has all chunks come, from {@code first} on and then those before it: the file is read here and
   * there, as a shared library is when it is loaded, and most of its chunks are wanted in the end.
   */
  private void fetchRest(RawPath path, FileVersion version, long first) {
    long count = (version.size() - 1) / BYTES + 1;
    Iterator<Long> indexes =
        LongStream.concat(LongStream.range(first, count), LongStream.range(0, first)).iterator();
    Lanes.run(
        LANES,
        indexes,
        index ->
            getAhead(path, version, index)
                // No memory to spare, or another version: the rest is for who asks for it.
                .orElseThrow(CancellationException::new)
                .thenAccept(Chunks::goOn));
  }

  private static void goOn(Reply<Chunk> chunk) {
    if (!chunk.ok()) {
      throw new CancellationException();
    }
  }

  private static Reply<ByteBuffer> slice(Reply<Chunk> part, long offset, long end) {
    return part.map(
        chunk -> {
          int from = Math.min((int) (offset % BYTES), chunk.data().limit());
          return chunk
              .data()
              .slice(from, Math.min((int) (end - offset), chunk.data().limit() - from));
        });
  }

  private static Reply<ByteBuffer> join(
      List<CompletableFuture<Reply<Chunk>>> parts, long offset, long end) {
    ByteBuffer joined = ByteBuffer.allocateDirect((int) (end - offset));
    long at = offset;
    for (CompletableFuture<Reply<Chunk>> part : parts) {
      long partEnd = Math.min(end, (at / BYTES + 1) * BYTES);
      Reply<ByteBuffer> piece = slice(part.join(), at, partEnd);
      if (!piece.ok()) {
        return piece;
      }
      joined.put(piece.value());
      at = partEnd;
    }
    return Reply.of(joined.flip());
  }

  /** Returns the chunks that are being fetched, in no order. */
  List<String> fetches() {
    return cache.fetching().stream()
        .map(key -> Rpcs.READ + " " + key.path() + " from " + key.index() * BYTES)
        .toList();
  }

  /** Returns the number of chunks that are kept or on their way. */
  long size() {
    return cache.size();
  }

  /** Passes the file of each chunk that is kept, and the chunk's length. */
  void forEach(BiConsumer<RawPath, Long> visitor) {
    cache.forEach(
        (key, chunk) -> {
          if (chunk.ok()) {
            visitor.accept(key.path(), (long) chunk.value().data().limit());
          }
        });
  }

  /** Forgets everything. */
  void clear() {
    ahead.clear();
    cache.clear();
  }
}
