package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.cache.FileData;
import copper.codec.Batches;
import copper.codec.ChunkRequest;
import copper.codec.CodecException;
import copper.codec.PartRequest;
import copper.codec.Replies;
import copper.codec.Rpcs;
import copper.codec.Serving;
import copper.metrics.Pending;
import copper.model.Chunk;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.Failures;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import copper.storage.MayBlock;
import copper.storage.Storage;
import copper.transport.Payload;
import copper.transport.RpcException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Where the store's questions go that its caches cannot answer: to the parent, or at the root of
 * the tree, and where no node above answers, to storage.
 *
 * <p>Does without those of our own RPCs that the parent does not serve.
 */
final class Upstream implements Asker {
  private final CooperativeStore store;
  private final Optional<ParentLink> parent;
  private final Storage storage;
  private final Executor storagePool;
  private final Ticker ticker;
  private final long cacheableBytes;
  private final long started;

  /** Makes the way up of {@code store}; all it is made of is borrowed. */
  Upstream(
      CooperativeStore store,
      Optional<ParentLink> parent,
      Storage storage,
      Executor storagePool,
      Ticker ticker,
      long cacheableBytes) {
    this.store = store;
    this.parent = parent;
    this.storage = storage;
    this.storagePool = storagePool;
    this.ticker = ticker;
    this.cacheableBytes = cacheableBytes;
    this.started = ticker.read();
  }

  /** Tells whether this node reads storage: at the root, and where no node above answers now. */
  boolean isRoot() {
    return parent.isEmpty() || parent.get().isOrphan();
  }

  /** Tells whether there is a parent, and, as far as is known, one that serves {@code rpc}. */
  boolean knows(String rpc) {
    return parent.isPresent() && parent.get().knows(rpc);
  }

  /** Returns what this node and its parent can together; there is a parent. */
  Capabilities parentCapabilities() {
    return parent.orElseThrow().capabilities();
  }

  /** Returns who this node has its answers from now. */
  ServedBy servedBy() {
    return parent
        .map(ParentLink::servedBy)
        .orElseGet(() -> new ServedBy(ServedBy.Role.STORAGE, Optional.empty(), running()));
  }

  /** Returns the calls of other nodes that have no answer yet, in no order. */
  List<Pending> pending() {
    return parent.map(ParentLink::pending).orElse(List.of());
  }

  /** Returns whom this node may ask, in this order. */
  List<Neighbor> neighbors() {
    return parent.map(ParentLink::neighbors).orElse(List.of());
  }

  private Duration running() {
    return Duration.ofNanos(ticker.read() - started);
  }

  /** Tells another node how this one stands, and learns from how that one does. */
  Serving compare(Serving other) {
    return parent
        .map(link -> link.compare(other))
        .orElseGet(() -> new Serving(true, running().toMillis()));
  }

  @Override
  public <T> CompletableFuture<Reply<T>> ask(Query<T> query, RawPath path) {
    if (isRoot()) {
      return askStorage(query, path);
    }
    if (!knows(query.rpc())) {
      return withoutRpc(query, path);
    }
    return orElse(
        parent
            .get()
            .call(query.rpc(), query.request(path))
            .thenApply(payload -> decode(query, payload)),
        query,
        path);
  }

  /** Asks the parent several questions in one call; their answers come in the same order. */
  CompletableFuture<List<ByteBuffer>> askBatch(List<Batches.Question> questions) {
    return parent
        .orElseThrow()
        .call(Rpcs.BATCH, new Payload(Batches.request(questions)))
        .thenApply(payload -> readable(Rpcs.BATCH, () -> answers(payload, questions)));
  }

  private static List<ByteBuffer> answers(ByteBuffer payload, List<Batches.Question> questions) {
    return Batches.answers(payload, questions.size());
  }

  /** Tells whether {@code failure} says that the question is to be answered in another way. */
  static boolean isUnknown(Throwable failure) {
    Throwable cause = Failures.cause(failure);
    return cause instanceof Orphaned
        || (cause instanceof RpcException e && e.kind() == RpcException.Kind.NO_SUCH_RPC);
  }

  /** Answers with {@code answer}, or in another way where the parent does not, or there is none. */
  <T> CompletableFuture<Reply<T>> orElse(
      CompletableFuture<Reply<T>> answer, Query<T> query, RawPath path) {
    return answer
        .handle(
            (reply, failure) -> {
              if (failure == null || !isUnknown(failure)) {
                return answer;
              }
              return Failures.cause(failure) instanceof Orphaned
                  ? askStorage(query, path)
                  : withoutRpc(query, path);
            })
        .thenCompose(next -> next);
  }

  /** A C++ parent knows the four original RPCs only; the rest its children ask of storage. */
  private <T> CompletableFuture<Reply<T>> withoutRpc(Query<T> query, RawPath path) {
    if (isRoot()) {
      // The parent has been lost since its capabilities were looked at.
      return askStorage(query, path);
    }
    if (query.isShortcut() || !query.isExtension()) {
      return CompletableFuture.failedFuture(
          new RpcException(
              RpcException.Kind.NO_SUCH_RPC, "the parent does not serve " + query.rpc()));
    }
    return query
        .original()
        .map(original -> original.kept() == query ? ask(original, path) : store.get(original, path))
        .orElseGet(() -> askStorage(query, path));
  }

  /** Asks the parent for a part of a large directory; ESTALE where it does not know any. */
  CompletableFuture<Reply<DirectoryListing>> askPart(PartRequest request) {
    return parent
        .orElseThrow()
        .call(Rpcs.MORE, new Payload(request.encode()))
        .handle(
            (payload, failure) -> {
              if (failure == null) {
                return readable(Rpcs.MORE, () -> Replies.LIST.decode(payload));
              }
              if (isUnknown(failure)) {
                return Reply.<DirectoryListing>failure(Errno.ESTALE);
              }
              throw new CompletionException(failure);
            });
  }

  /** Asks the parent for a chunk; makes it where there is none, or a C++ one. */
  CompletableFuture<Reply<Chunk>> askChunk(ChunkRequest request) {
    if (!knows(Rpcs.READ)) {
      return makeChunk(request);
    }
    CompletableFuture<Reply<Chunk>> answer =
        parent
            .get()
            .call(Rpcs.READ, new Payload(request.encode()))
            .thenApply(payload -> readable(Rpcs.READ, () -> Replies.CHUNK.decode(payload)));
    return answer
        .handle(
            (chunk, failure) -> failure != null && isUnknown(failure) ? makeChunk(request) : answer)
        .thenCompose(next -> next);
  }

  /** Cuts a chunk from what a C++ parent sends, which is the whole file; reads it from storage. */
  private CompletableFuture<Reply<Chunk>> makeChunk(ChunkRequest request) {
    if (isRoot() || request.version().size() >= cacheableBytes) {
      return fromStorage(() -> readChunk(request));
    }
    return store
        .get(Query.READ_FILE, request.path())
        .thenCompose(
            file ->
                file.errno() == Errno.EFBIG
                    ? fromStorage(() -> readChunk(request))
                    : CompletableFuture.completedFuture(cut(file, request)));
  }

  private Reply<Chunk> readChunk(ChunkRequest request) {
    return storage
        .read(request.path(), request.offset(), request.length(), request.version())
        .map(Chunk::of);
  }

  private static Reply<Chunk> cut(Reply<WholeFile> file, ChunkRequest request) {
    return file.ok() && file.value().length() != request.version().size()
        ? Reply.failure(Errno.ESTALE)
        // A copy, since a part of the file would keep all of it in memory.
        : CooperativeStore.slice(file, request.offset(), request.length())
            .map(FileData::copy)
            .map(Chunk::of);
  }

  /** Asks storage, whoever this node's parent is. */
  <T> CompletableFuture<Reply<T>> askStorage(Query<T> query, RawPath path) {
    return fromStorage(() -> query.fromStorage(storage, path));
  }

  /** Reads a stretch of a file from storage, whoever this node's parent is. */
  CompletableFuture<Reply<ByteBuffer>> readFromStorage(RawPath path, long offset, int size) {
    return fromStorage(() -> storage.read(path, offset, size));
  }

  /** Runs {@code step}, which asks storage, for each number below {@code count}. */
  CompletableFuture<Void> spread(int count, IntConsumer step) {
    return Spread.forEach(count, step, storagePool, ticker);
  }

  private <T> CompletableFuture<Reply<T>> fromStorage(Supplier<Reply<T>> operation) {
    return MayBlock.here()
        ? CompletableFuture.completedFuture(operation.get())
        : CompletableFuture.supplyAsync(operation, storagePool);
  }

  /** Reads the parent's answer to {@code query}. */
  <T> Reply<T> decode(Query<T> query, ByteBuffer payload) {
    return readable(query.rpc(), () -> query.read(payload));
  }

  private <T> T readable(String rpc, Supplier<T> read) {
    try {
      return read.get();
    } catch (CodecException e) {
      throw new RpcException(
          RpcException.Kind.BAD_MESSAGE,
          "the answer of "
              + servedBy().address().orElse("nobody")
              + " to "
              + rpc
              + " cannot be read: "
              + e.getMessage(),
          e);
    }
  }
}
