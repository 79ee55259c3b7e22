package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.cache.Budget;
import copper.cache.CacheMemory;
import copper.cache.FileData;
import copper.cache.SecondHome;
import copper.cache.SingleFlightCache;
import copper.codec.ChunkRequest;
import copper.codec.Hello;
import copper.codec.PartRequest;
import copper.codec.Rpcs;
import copper.config.PushMode;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Pending;
import copper.metrics.run.CacheContents;
import copper.model.Chunk;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FilePart;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import copper.storage.MayBlock;
import copper.storage.ServedPaths;
import copper.storage.Storage;
import copper.transport.RpcException;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The one place that answers "get this", for the local mount and for the children alike.
 *
 * <p>An answer comes from the cache; if it is not there, from the parent, or at the root of the
 * tree from storage, once per path however many ask. Every kind of question goes the same way: see
 * {@link Query}. Nothing here blocks unless it is called on a thread that {@link MayBlock}; on
 * others storage calls run on an executor of their own. A future fails with an {@link RpcException}
 * when the parent has no answer; every answer storage gave, errnos included, is a {@link Reply}.
 */
public final class CooperativeStore {
  /** How often a read that meets a file which is being changed begins anew. */
  private static final int CHANGES_BORNE = 3;

  private final Upstream upstream;
  private final Limits limits;
  private final CacheMemory memory;
  private final Counters counters;
  private final ServedPaths served;
  private final Hello hello;
  private final Map<Query<?>, SingleFlightCache<RawPath, ?>> caches = new HashMap<>();
  private final Parts parts;
  private final Directories directories;
  private final Bundles bundles;
  private final Chunks chunks;
  private final Versions versions;
  private final PushContents pushContents;
  private final Pushing pushing;
  private final Optional<PushIntake> intake;

  private volatile Consumer<RawPath> changes = path -> {};

  /**
   * Bounds of the caches.
   *
   * @param cacheableBytes files of at least this size are not cached whole
   * @param enoentTtl how long a missing name is remembered
   * @param budget how much may be kept
   */
  public record Limits(long cacheableBytes, Duration enoentTtl, Budget budget) {}

  /**
   * What a store runs on; all of it is borrowed.
   *
   * @param storagePool runs storage calls; its size bounds how many run at once
   * @param timer delays readiness probes
   * @param ticker the time
   * @param counters counts hits, misses and calls
   * @param detach returns data that is a part of a longer message, so that keeping it does not keep
   *     the message
   * @param served the paths there are, for this node's mount and for its children
   * @param hello what this node says of itself to others
   * @param push whether children are sent what they have not asked for, and this node takes such
   */
  public record Environment(
      Executor storagePool,
      ScheduledExecutorService timer,
      Ticker ticker,
      Counters counters,
      UnaryOperator<ByteBuffer> detach,
      ServedPaths served,
      Hello hello,
      PushMode push) {
    /** Makes an environment in which data is detached by copying it, and all paths are served. */
    public Environment(
        Executor storagePool, ScheduledExecutorService timer, Ticker ticker, Counters counters) {
      this(
          storagePool,
          timer,
          ticker,
          counters,
          FileData::copy,
          ServedPaths.ALL,
          Hello.own(),
          PushMode.OFF);
    }

    /** Returns this environment with other paths. */
    public Environment serving(ServedPaths paths) {
      return new Environment(storagePool, timer, ticker, counters, detach, paths, hello, push);
    }

    /** Returns this environment for a node that says {@code said} of itself. */
    public Environment withHello(Hello said) {
      return new Environment(storagePool, timer, ticker, counters, detach, served, said, push);
    }

    /** Returns this environment for a node that was told to push, or not to, and says so. */
    public Environment pushing(PushMode mode) {
      Hello said = mode == PushMode.OFF ? hello : hello.with(Rpcs.PUSH);
      return new Environment(storagePool, timer, ticker, counters, detach, served, said, mode);
    }
  }

  private CooperativeStore(
      Optional<ParentLink> parent,
      Storage storage,
      Limits limits,
      Timeouts timeouts,
      Environment environment,
      CacheMemory memory) {
    this.limits = limits;
    this.memory = memory;
    this.upstream =
        new Upstream(
            this,
            parent,
            storage,
            environment.storagePool(),
            environment.ticker(),
            limits.cacheableBytes());
    this.counters = environment.counters();
    this.served = environment.served();
    this.hello = environment.hello();
    for (Query<?> query : Query.ALL) {
      if (query.kept() == query) {
        caches.put(query, cache(query));
      }
    }
    caches.put(Query.READ_FILE, memory.data(terms(Query.READ_FILE), new WholeFiles(this)));
    this.chunks = new Chunks(this, memory);
    this.versions = new Versions(this);
    this.bundles = new Bundles(this, limits.cacheableBytes(), environment.detach());
    this.parts = new Parts(this, memory, environment.ticker());
    this.directories =
        new Directories(this, parts, bundles, limits.enoentTtl(), environment.ticker());
    this.pushContents = new PushContents(this, directories, bundles, chunks, environment.detach());
    this.pushing =
        new Pushing(
            environment.push(),
            pushContents,
            environment.storagePool(),
            environment.timer(),
            environment.ticker(),
            counters);
    this.intake =
        parent
            .filter(link -> pushing.isOn())
            .map(
                link ->
                    new PushIntake(
                        link,
                        pushContents,
                        directories,
                        pushing,
                        timeouts.request(),
                        environment.ticker(),
                        counters));
  }

  /**
   * Makes a store.
   *
   * @param above whom it may ask; nobody at the root of a tree, which reads storage
   * @param transport calls them; borrowed
   * @param storage borrowed
   */
  public static CooperativeStore create(
      Above above,
      RpcTransport transport,
      Storage storage,
      Limits limits,
      Timeouts timeouts,
      Environment environment) {
    CacheMemory memory =
        CacheMemory.of(
            limits.budget(),
            environment.ticker(),
            environment.storagePool(),
            SecondHome.NONE,
            collection -> {});
    return create(above, transport, storage, limits, timeouts, environment, memory);
  }

  /** As above, with {@code memory} of the limits' budget, which is borrowed. */
  public static CooperativeStore create(
      Above above,
      RpcTransport transport,
      Storage storage,
      Limits limits,
      Timeouts timeouts,
      Environment environment,
      CacheMemory memory) {
    Optional<ParentLink> link =
        above.ancestors().isEmpty()
            ? Optional.empty()
            : Optional.of(
                new ParentLink(
                    transport,
                    above,
                    timeouts,
                    environment.hello(),
                    environment.timer(),
                    environment.ticker(),
                    environment.counters()));
    return new CooperativeStore(link, storage, limits, timeouts, environment, memory);
  }

  /** Returns who this node has its answers from now. */
  public ServedBy servedBy() {
    return upstream.servedBy();
  }

  /** Returns the calls of other nodes that have no answer yet, in no order. */
  public List<Pending> pending() {
    return upstream.pending();
  }

  /** Returns whom this node may ask, in this order. */
  public List<Neighbor> neighbors() {
    return upstream.neighbors();
  }

  /** Returns what is being fetched, for the mount, for children or ahead, in no order. */
  public List<String> fetches() {
    List<String> fetches = new ArrayList<>();
    caches.forEach(
        (query, cache) -> cache.fetching().forEach(path -> fetches.add(query.rpc() + " " + path)));
    fetches.addAll(chunks.fetches());
    return fetches;
  }

  /** Returns what this node says of itself to others. */
  Hello hello() {
    return hello;
  }

  private <T> SingleFlightCache<RawPath, T> cache(Query<T> query) {
    return memory.metadata(terms(query));
  }

  private <T> SingleFlightCache.Terms<RawPath, T> terms(Query<T> query) {
    return new SingleFlightCache.Terms<>(
        RawPath::length, query::weight, query.ttl(limits.enoentTtl()), limits.enoentTtl());
  }

  /** Answers with the attributes of {@code path}. */
  public CompletableFuture<Reply<FileStat>> lstat(RawPath path) {
    return directories.lstat(path);
  }

  /**
   * Tells whether {@code path} is missing, as the names of its directory tell that were asked for
   * within the time to live of ENOENT, and {@link #appeared} can ask for anew: not of a large
   * directory, and not of a C++ node or storage.
   */
  public boolean lacks(RawPath path) {
    return directories.lacks(path);
  }

  /**
   * Answers with those of {@code paths} that may be there now. They were missing when {@link
   * #lacks} was asked; the names of their directories are asked for anew, of all in one call, where
   * their time to live is over. While no node answers, none are there. Never fails.
   */
  public CompletableFuture<Set<RawPath>> appeared(Collection<RawPath> paths) {
    return directories.appeared(paths);
  }

  /** Answers with the names in the directory {@code path}, all of them. */
  public CompletableFuture<Reply<DirectoryListing>> list(RawPath path) {
    return directories.list(path).thenApply(names -> versions.ofOne(Query.LIST, path, names));
  }

  /** Answers with the target of the symbolic link {@code path}; the bytes must not be changed. */
  public CompletableFuture<Reply<byte[]>> readlink(RawPath path) {
    return get(Query.READLINK, path)
        .thenApply(target -> versions.ofOne(Query.READLINK, path, target));
  }

  /** Answers with the space and limits of the file system that holds {@code path}. */
  public CompletableFuture<Reply<FileSystemStat>> statfs(RawPath path) {
    return get(Query.STATFS, path);
  }

  /**
   * Answers with up to {@code size} bytes of the file {@code path} from {@code offset} on; fewer
   * only at its end.
   *
   * <p>A short file is fetched whole and cached, a long one in chunks. What a C++ parent does not
   * serve, files from the limit on, is read from storage, as C++ Copper does on every node
   * (src/fs/cu_fuse.cpp). A file that turns out to have changed on storage is read anew.
   */
  public CompletableFuture<Reply<FilePart>> read(RawPath path, long offset, int size) {
    return read(path, offset, size, CHANGES_BORNE);
  }

  private CompletableFuture<Reply<FilePart>> read(
      RawPath path, long offset, int size, int changesBorne) {
    return lstat(path)
        .thenCompose(
            stat ->
                stat.ok()
                    ? read(path, stat.value(), offset, size, changesBorne == 0)
                        .thenApply(data -> data.map(bytes -> new FilePart(stat.value(), bytes)))
                    : CompletableFuture.completedFuture(Reply.<FilePart>failure(stat.errno())))
        .thenCompose(
            part ->
                part.errno() == Errno.ESTALE && changesBorne > 0
                    ? read(path, offset, size, changesBorne - 1)
                    : CompletableFuture.completedFuture(part));
  }

  /**
   * What still has not the length that its attributes tell, at {@code last}, never has it: so are
   * files that the system makes up, as in /sys.
   */
  private CompletableFuture<Reply<ByteBuffer>> read(
      RawPath path, FileStat stat, long offset, int size, boolean last) {
    if (comesInChunks(stat)) {
      return chunks.read(path, stat, offset, size);
    }
    if (stat.size() >= limits.cacheableBytes()) {
      return upstream
          .readFromStorage(path, offset, size)
          .whenComplete((data, failure) -> memory.usedOnce());
    }
    return bundles
        .file(path, stat)
        .thenApply(file -> last ? file : versions.ofOne(path, stat, file))
        .thenCompose(file -> part(file, path, offset, size));
  }

  private boolean comesInChunks(FileStat stat) {
    return stat.size() >= Math.min(Chunks.SHORTEST_FILE, limits.cacheableBytes())
        && (upstream.isRoot() || upstream.knows(Rpcs.READ));
  }

  /** Tells whether a file with the attributes {@code stat} is fetched and cached whole. */
  public boolean comesWhole(FileStat stat) {
    return stat.size() < limits.cacheableBytes() && !comesInChunks(stat);
  }

  /** Tells whether data of a file with the attributes {@code stat} is kept when it was read. */
  public boolean keeps(FileStat stat) {
    return comesInChunks(stat) || stat.size() < limits.cacheableBytes();
  }

  /**
   * Returns how many bytes of a file come, and are kept, together: those from each multiple of this
   * number on.
   */
  public long stretch(FileStat stat) {
    return comesInChunks(stat) ? Chunks.BYTES : Math.max(1, stat.size());
  }

  /** Tells whether the stretch of a file that holds {@code offset} is here. */
  public boolean isHere(RawPath path, FileStat stat, long offset) {
    return comesInChunks(stat)
        ? chunks.has(path, stat, offset)
        : cacheOf(Query.READ_FILE).has(path);
  }

  /** Answers with the chunk that a child asks for. */
  CompletableFuture<Reply<Chunk>> serveChunk(ChunkRequest request) {
    return served
        .resolve(request.path())
        .map(path -> chunks.serve(request.of(path)))
        .orElseGet(CooperativeStore::missing);
  }

  private static <T> CompletableFuture<Reply<T>> missing() {
    return CompletableFuture.completedFuture(Reply.failure(Errno.ENOENT));
  }

  /** Returns which paths there are. */
  ServedPaths served() {
    return served;
  }

  /** Answers with the part of a directory that a child asks for. */
  CompletableFuture<Reply<DirectoryListing>> servePart(PartRequest request) {
    return served
        .resolve(request.path())
        .map(
            path ->
                parts.serve(request.of(path)).thenApply(reply -> directories.dated(path, reply)))
        .orElseGet(CooperativeStore::missing);
  }

  /** Names who is to hear of each file that is found to have changed; called on any thread. */
  public void onChange(Consumer<RawPath> listener) {
    changes = listener;
  }

  /** Forgets what is known of {@code path}, which has changed on storage. */
  void forget(RawPath path) {
    cacheOf(Query.LSTAT).remove(path);
    Query.CONTENT.forEach(query -> cacheOf(query).remove(path));
    cacheOf(Query.LIST).remove(path.parent());
    changes.accept(path);
  }

  private CompletableFuture<Reply<ByteBuffer>> part(
      Reply<WholeFile> file, RawPath path, long offset, int size) {
    if (file.errno() == Errno.EFBIG) {
      // It does not fit a message, or has grown since its attributes were read.
      return upstream.readFromStorage(path, offset, size);
    }
    return CompletableFuture.completedFuture(slice(file, offset, size));
  }

  static Reply<ByteBuffer> slice(Reply<WholeFile> file, long offset, int size) {
    return file.map(
        whole -> {
          ByteBuffer data = whole.data();
          int from = (int) Math.min(offset, data.limit());
          return data.slice(from, Math.min(size, data.limit() - from));
        });
  }

  /** Answers {@code query} for {@code path}, from wherever the answer is nearest. */
  <T> CompletableFuture<Reply<T>> get(Query<T> query, RawPath path) {
    return get(query, path, upstream);
  }

  /**
   * As {@link #get(Query, RawPath)}, with {@code asker} for what the cache does not have. All ways
   * to an answer come by here, so that what is not served stops here.
   */
  <T> CompletableFuture<Reply<T>> get(Query<T> query, RawPath path, Asker asker) {
    if (!served.serves(path)) {
      return missing();
    }
    SingleFlightCache<RawPath, T> cache = cacheOf(query);
    boolean hit = cache.has(path);
    counters.increment(hit ? Counter.CACHE_HITS : Counter.CACHE_MISSES);
    CompletableFuture<Reply<T>> answer = cache.get(path, () -> fetch(query, path, asker));
    if (hit) {
      intake.ifPresent(from -> from.used(query, path));
    } else if (!upstream.isRoot()) {
      pushing.came(query, path, answer);
    }
    return answer;
  }

  /** Returns what sends children what they have not asked for. */
  Pushing pushing() {
    return pushing;
  }

  /** Returns what keeps such. */
  PushContents pushContents() {
    return pushContents;
  }

  /** Returns what takes such from the parent, if this node has one and was told to. */
  Optional<PushIntake> intake() {
    return intake;
  }

  /** Returns what sees to directories. */
  Directories directories() {
    return directories;
  }

  /** Returns what the caches draw from. */
  CacheMemory memory() {
    return memory;
  }

  /** Returns where those questions go that the caches cannot answer. */
  Upstream upstream() {
    return upstream;
  }

  /** Returns the cache of {@code query}'s answers. */
  @SuppressWarnings("unchecked") // The constructor put a cache of the query's own type there.
  <T> SingleFlightCache<RawPath, T> cacheOf(Query<T> query) {
    return (SingleFlightCache<RawPath, T>) caches.get(query);
  }

  /**
   * Answers {@code query} of a child, or of whoever else called this node.
   *
   * @param asker for what the cache does not have
   */
  <T> CompletableFuture<Reply<T>> serve(Query<T> query, RawPath path, Asker asker) {
    return served
        .resolve(path)
        .map(real -> serveReal(query, real, asker))
        .orElseGet(CooperativeStore::missing);
  }

  private <T> CompletableFuture<Reply<T>> serveReal(Query<T> query, RawPath path, Asker asker) {
    CompletableFuture<Reply<T>> answer = get(query, path, asker);
    // The second time by itself: the batch that the first was in has been sent.
    CompletableFuture<Reply<T>> fitting =
        answer.thenCompose(reply -> versions.fits(query, path, reply) ? answer : get(query, path));
    return query == Query.LIST ? fitting.thenApply(reply -> dated(path, reply)) : fitting;
  }

  /** Returns the listing of {@code path} as other nodes are told it. */
  @SuppressWarnings("unchecked") // LIST is a question about a listing.
  <T> Reply<T> dated(RawPath path, Reply<T> reply) {
    return (Reply<T>)
        directories
            .dated(path, (Reply<DirectoryListing>) reply)
            .map(listing -> listing.part(0, Parts.ENTRIES));
  }

  @SuppressWarnings("unchecked") // LIST and NAMES are questions about a listing, FILES is not.
  private <T> CompletableFuture<Reply<T>> fetch(Query<T> query, RawPath path, Asker asker) {
    CompletableFuture<?> answer;
    if (query == Query.LIST) {
      answer = directories.complete(path, () -> visible(path, listed(path, asker)));
    } else if (query == Query.NAMES) {
      answer = directories.names(path, () -> visible(path, asker.ask(Query.NAMES, path)));
    } else if (query == Query.READDIR) {
      answer = visible(path, asker.ask(Query.READDIR, path));
    } else if (query == Query.FILES) {
      answer = bundles.gather(path);
    } else if (query == Query.READ_FILE && !upstream.isRoot()) {
      answer = asker.ask(Query.READ_FILE, path).thenCompose(file -> doubtEmpty(path, file));
    } else {
      answer = asker.ask(query, path);
    }
    return (CompletableFuture<Reply<T>>) answer;
  }

  /** A part of a directory cannot be narrowed: others are counted from its end. */
  private CompletableFuture<Reply<DirectoryListing>> listed(RawPath directory, Asker asker) {
    CompletableFuture<Reply<DirectoryListing>> listing = asker.ask(Query.LIST, directory);
    return served.isNarrowed(directory)
        ? listing.thenCompose(
            reply ->
                !reply.ok() || reply.value().isComplete()
                    ? CompletableFuture.completedFuture(reply)
                    : upstream.ask(Query.READDIR, directory))
        : listing;
  }

  private CompletableFuture<Reply<DirectoryListing>> visible(
      RawPath directory, CompletableFuture<Reply<DirectoryListing>> listing) {
    return listing.thenApply(reply -> reply.map(names -> served.visible(directory, names)));
  }

  /**
   * A C++ node takes the failure of a read for a file without bytes. Where the attributes tell of
   * bytes, storage is asked.
   */
  private CompletableFuture<Reply<WholeFile>> doubtEmpty(RawPath path, Reply<WholeFile> file) {
    CompletableFuture<Reply<WholeFile>> taken = CompletableFuture.completedFuture(file);
    if (!file.ok() || file.value().length() > 0 || file.value().mtime() != WholeFile.UNKNOWN) {
      return taken;
    }
    return lstat(path)
        .thenCompose(
            stat ->
                stat.ok() && stat.value().size() > 0
                    ? upstream.askStorage(Query.READ_FILE, path)
                    : taken);
  }

  /** Returns how full the caches are. */
  public Fill fill() {
    SingleFlightCache<RawPath, FileStat> attributes = cacheOf(Query.LSTAT);
    SingleFlightCache<RawPath, DirectoryListing> directories = cacheOf(Query.LIST);
    SingleFlightCache<RawPath, WholeFile> files = cacheOf(Query.READ_FILE);
    return new Fill(
        attributes.size(),
        directories.size(),
        files.size(),
        chunks.size(),
        memory.metadataBytes(),
        memory.dataBytes(),
        limits.budget().kept());
  }

  /** Returns a view of what the caches hold. */
  public CacheContents contents() {
    return new Contents(this, chunks);
  }

  /** Forgets every answer; those being fetched are not kept. */
  public void clear() {
    intake.ifPresent(PushIntake::beginClear);
    parts.clear();
    directories.beginClear();
    bundles.beginClear();
    memory.clear();
    chunks.clear();
    caches.values().forEach(SingleFlightCache::clear);
    pushing.clear();
  }
}
