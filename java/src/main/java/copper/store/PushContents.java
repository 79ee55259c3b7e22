package copper.store;

import copper.cache.SingleFlightCache;
import copper.codec.ChunkRequest;
import copper.codec.PathRequest;
import copper.codec.PushAnswer.Item;
import copper.codec.Replies;
import copper.codec.Rpcs;
import copper.model.Chunk;
import copper.model.DirectoryListing;
import copper.model.FileBundle;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What a store has for its children, and how it keeps what its parent sends: as the answers to
 * questions, of which each is kept by the rules of its kind.
 *
 * <p>Nothing that is here, or on its way, is touched by what comes unasked; and it takes free room
 * alone, so that nothing gives way to it.
 */
final class PushContents {
  private final CooperativeStore store;
  private final Directories directories;
  private final Bundles bundles;
  private final Chunks chunks;
  private final UnaryOperator<ByteBuffer> detach;

  /**
   * Makes it.
   *
   * @param detach returns data that is a part of a longer message on its own
   */
  PushContents(
      CooperativeStore store,
      Directories directories,
      Bundles bundles,
      Chunks chunks,
      UnaryOperator<ByteBuffer> detach) {
    this.store = store;
    this.directories = directories;
    this.bundles = bundles;
    this.chunks = chunks;
    this.detach = detach;
  }

  /** Returns {@code thing} with its answer, if that is here. */
  Optional<Item> find(PushThing thing) {
    if (thing.chunk().isPresent()) {
      ChunkRequest chunk = thing.chunk().get();
      return chunks
          .peek(chunk)
          .map(here -> new Item(thing.rpc(), chunk.encode(), Replies.CHUNK.encode(here, false)));
    }
    return Query.ofRpc(thing.rpc()).flatMap(query -> find(query, thing.path()));
  }

  private <T> Optional<Item> find(Query<T> query, RawPath path) {
    return here(query, path)
        .filter(Reply::ok)
        .map(
            reply ->
                new Item(
                    query.rpc(),
                    new PathRequest(false, path).encode(),
                    query.answer(reply, false)));
  }

  @SuppressWarnings("unchecked") // LIST is a question about a listing, FILES one about a bundle.
  private <T> Optional<Reply<T>> here(Query<T> query, RawPath path) {
    if (query == Query.FILES) {
      return bundles.peek(path).map(bundle -> (Reply<T>) Reply.of(bundle));
    }
    Optional<Reply<T>> here = store.cacheOf(query).peek(path);
    return query == Query.LIST ? here.map(reply -> store.dated(path, reply)) : here;
  }

  /**
   * Keeps what the parent has sent, if it is of use.
   *
   * @param asked the generation of the caches in which the parent was asked for it
   * @return what it is; empty if it was not kept
   * @throws copper.codec.CodecException if it is no answer
   */
  Optional<PushThing> take(Item item, long asked) {
    ByteBuffer request = item.request().get(0);
    ByteBuffer answer = item.answer().get(0);
    if (item.rpc().equals(Rpcs.READ)) {
      ChunkRequest chunk = ChunkRequest.decode(request);
      Reply<Chunk> reply = Replies.CHUNK.decode(answer);
      boolean kept = reply.ok() && serves(chunk.path()) && keep(chunk, reply.value(), asked);
      return kept ? Optional.of(PushThing.of(chunk)) : Optional.empty();
    }
    RawPath path = PathRequest.decode(request).path();
    return Query.ofRpc(item.rpc())
        .flatMap(query -> PushThing.of(query, path))
        .filter(thing -> serves(path) && keep(thing, answer, asked));
  }

  private boolean serves(RawPath path) {
    return store.served().serves(path);
  }

  private boolean keep(PushThing thing, ByteBuffer answer, long asked) {
    RawPath path = thing.path();
    return switch (thing.rpc()) {
      case Rpcs.LSTAT -> {
        Reply<FileStat> stat = Query.LSTAT.read(answer);
        yield stat.ok() && keepStat(path, stat.value(), asked);
      }
      case Rpcs.LIST -> {
        Reply<DirectoryListing> listing = Query.LIST.read(answer);
        yield listing.ok() && keepListing(path, listing.value(), asked);
      }
      case Rpcs.FILES -> {
        Reply<FileBundle> files = Query.FILES.read(answer);
        yield files.ok()
            && hasRoom(bytes(files.value()))
            && bundles.take(path, files.value(), asked);
      }
      default -> {
        Reply<WholeFile> file = Query.READ_FILE.read(answer);
        yield file.ok() && keepFile(path, file.value(), asked);
      }
    };
  }

  private static long bytes(FileBundle files) {
    return files.files().stream().mapToLong(file -> file.content().length()).sum();
  }

  private boolean keepStat(RawPath path, FileStat stat, long asked) {
    SingleFlightCache<RawPath, FileStat> stats = store.cacheOf(Query.LSTAT);
    return hasRoomForMetadata(Query.LSTAT.weight(stat))
        && stats.addSpare(path, stat)
        && isOf(asked, () -> stats.remove(path));
  }

  private boolean keepListing(RawPath path, DirectoryListing listing, long asked) {
    boolean usable =
        listing.version().reading() != 0
            && (listing.isComplete() || !store.served().isNarrowed(path));
    return usable
        // Attributes are kept with their names and by themselves.
        && hasRoomForMetadata(2 * Query.LIST.weight(listing))
        && directories.take(path, store.served().visible(path, listing), asked);
  }

  private boolean keepFile(RawPath path, WholeFile file, long asked) {
    SingleFlightCache<RawPath, WholeFile> files = store.cacheOf(Query.READ_FILE);
    return file.length() > 0
        && hasRoom(file.length())
        && files.addSpare(path, file.with(detach))
        && isOf(asked, () -> files.remove(path));
  }

  private boolean keep(ChunkRequest request, Chunk chunk, long asked) {
    return hasRoom(chunk.data().remaining())
        && chunks.take(request, new Chunk(detach.apply(chunk.data()), chunk.checksum()))
        && isOf(asked, () -> chunks.remove(request));
  }

  /** Tells whether the caches have not been cleared since; undoes what was done if they have. */
  private boolean isOf(long asked, Runnable undo) {
    boolean same = directories.generation() == asked;
    if (!same) {
      undo.run();
    }
    return same;
  }

  private boolean hasRoom(long bytes) {
    return store.memory().hasRoomForData(bytes);
  }

  private boolean hasRoomForMetadata(long bytes) {
    return store.memory().hasRoomForMetadata(bytes);
  }
}
