package copper.store;

import copper.cache.FileData;
import copper.cache.SingleFlightCache;
import copper.codec.PathRequest;
import copper.codec.Replies;
import copper.codec.ReplyCodec;
import copper.codec.Rpcs;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileBundle;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import copper.storage.Storage;
import copper.transport.Payload;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * One kind of question about a path: its RPC, its bytes on the wire, and how storage answers it.
 *
 * <p>A new kind of question is a further constant here and nothing else: cache, single flight,
 * tree, RPC service and counting are the same for all. Immutable.
 *
 * @param <T> what the answer is
 */
final class Query<T> {
  /** The longest file that travels whole, within the transport's own limit of a message. */
  private static final long LARGEST_FILE = 255L << 20;

  /** A stat image with its array's and its own header. */
  private static final int STAT_BYTES = FileStat.SIZE + 32;

  /** Attributes. */
  static final Query<FileStat> LSTAT =
      new Query<>(Rpcs.LSTAT, Replies.LSTAT, Storage::lstat, stat -> STAT_BYTES);

  /** A whole file, for C++ nodes: without its time. {@link #READ_FILE} keeps the answers. */
  static final Query<WholeFile> ORIGINAL_READ_FILE =
      new Query<>(Rpcs.READFILE, Replies.READ_FILE, Query::readFile, Query::weigh);

  /** A whole file; a C++ parent is asked for it without its time. */
  static final Query<WholeFile> READ_FILE =
      new Query<>(Rpcs.FILE, Replies.FILE, Query::readFile, Query::weigh, ORIGINAL_READ_FILE);

  /** The names in a directory, for C++ nodes: without types. */
  static final Query<DirectoryListing> READDIR =
      new Query<>(Rpcs.READDIR, Replies.READDIR, Storage::list, Query::weigh);

  /**
   * The names in a directory with types, attributes and link targets, of a large one the first part
   * (see {@link Parts}); a C++ parent is asked for names alone.
   */
  static final Query<DirectoryListing> LIST =
      new Query<>(
          Rpcs.LIST,
          Replies.LIST,
          // Current: by this and by having no number yet it is known to be storage's.
          (storage, path) -> storage.list(path).map(names -> names.with(true)),
          Query::weigh,
          READDIR);

  /** The names in a directory as they are now, within the time to live of ENOENT. */
  static final Query<DirectoryListing> NAMES =
      new Query<>(Rpcs.NAMES, Replies.NAMES, Storage::list, Query::weigh);

  /** The small files of a directory; see {@link Bundles}, which puts them together. */
  static final Query<FileBundle> FILES =
      new Query<>(
          Rpcs.FILES,
          Replies.FILES,
          (storage, path) -> Reply.failure(Errno.EOPNOTSUPP),
          bundle -> 0);

  /** The target of a symbolic link; where the parent is a C++ node, each node asks storage. */
  static final Query<byte[]> READLINK =
      new Query<>(Rpcs.READLINK, Replies.READLINK, Storage::readlink, link -> link.length + 16);

  /** Space and limits; where the parent is a C++ node, each node asks storage. */
  static final Query<FileSystemStat> STATFS =
      new Query<>(Rpcs.STATFS, Replies.STATFS, Storage::statfs, stat -> 80);

  /** Every kind there is. */
  static final List<Query<?>> ALL =
      List.of(LSTAT, ORIGINAL_READ_FILE, READ_FILE, READDIR, LIST, NAMES, FILES, READLINK, STATFS);

  /** What is asked of what is in a file, a link or a directory. */
  static final List<Query<?>> CONTENT = List.of(READ_FILE, READLINK, LIST, READDIR);

  private static final Map<String, Query<?>> BY_RPC =
      ALL.stream().collect(Collectors.toUnmodifiableMap(Query::rpc, query -> query));

  private final String rpc;
  private final ReplyCodec<T> codec;
  private final BiFunction<Storage, RawPath, Reply<T>> fromStorage;
  private final ToLongFunction<T> weight;
  private final Optional<Query<T>> original;

  private Query(
      String rpc,
      ReplyCodec<T> codec,
      BiFunction<Storage, RawPath, Reply<T>> fromStorage,
      ToLongFunction<T> weight) {
    this(rpc, codec, fromStorage, weight, null);
  }

  private Query(
      String rpc,
      ReplyCodec<T> codec,
      BiFunction<Storage, RawPath, Reply<T>> fromStorage,
      ToLongFunction<T> weight,
      Query<T> original) {
    this.rpc = rpc;
    this.codec = codec;
    this.fromStorage = fromStorage;
    this.weight = weight;
    this.original = Optional.ofNullable(original);
  }

  private static Reply<WholeFile> readFile(Storage storage, RawPath path) {
    return storage.readFile(path, LARGEST_FILE);
  }

  private static long weigh(WholeFile file) {
    return file.length() + FileData.overhead(file.length());
  }

  private static long weigh(DirectoryListing listing) {
    long bytes = 0;
    for (DirectoryListing.Entry entry : listing.entries()) {
      // As long as they are in the cache of attributes too, these are counted twice.
      bytes += 56 + entry.name().length + (entry.stat().isPresent() ? 16 + STAT_BYTES : 0);
      bytes += entry.target().map(target -> 32 + target.length).orElse(0);
    }
    return bytes;
  }

  /** Returns the question that the RPC {@code name} asks, if there is one. */
  static Optional<Query<?>> ofRpc(String name) {
    return Optional.ofNullable(BY_RPC.get(name));
  }

  /** Returns the name of the RPC that asks this of a parent. */
  String rpc() {
    return rpc;
  }

  /** Tells whether C++ nodes do not know the RPC. */
  boolean isExtension() {
    return Rpcs.isOurs(rpc);
  }

  /** Tells whether it only spares other questions, and fails where the RPC is not known. */
  boolean isShortcut() {
    return this == NAMES || this == FILES;
  }

  /** Tells whether answers are files: a batch of them could ask for any amount of memory. */
  boolean isData() {
    return kept() == READ_FILE || this == FILES;
  }

  /** Returns how long a value is remembered. */
  Duration ttl(Duration enoentTtl) {
    if (this == NAMES) {
      return enoentTtl;
    }
    // What came in a bundle is remembered file by file.
    return this == FILES ? Duration.ZERO : SingleFlightCache.FOR_EVER;
  }

  /** Returns what to ask a C++ parent instead, where there is something. */
  Optional<Query<T>> original() {
    return original;
  }

  /** Returns the question whose cache keeps the answers: this one, but for what has no cache. */
  @SuppressWarnings("unchecked") // Both are about a whole file.
  Query<T> kept() {
    return this == ORIGINAL_READ_FILE ? (Query<T>) READ_FILE : this;
  }

  /** Asks storage; blocks. */
  Reply<T> fromStorage(Storage storage, RawPath path) {
    return fromStorage.apply(storage, path);
  }

  /** Returns the bytes {@code value} takes in the cache. */
  long weight(T value) {
    return weight.applyAsLong(value);
  }

  /** Returns the request to a parent. */
  Payload request(RawPath path) {
    return new Payload(new PathRequest(false, path).encode());
  }

  /** Returns the answer to a child. */
  List<ByteBuffer> answer(Reply<T> reply, boolean dest) {
    return codec.encode(reply, dest);
  }

  /** Reads a parent's answer; a CodecException if it is none. */
  Reply<T> read(ByteBuffer payload) {
    return codec.decode(payload);
  }
}
