package copper.store;

import copper.codec.Rpcs;
import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Has the other files of a directory come once one of them is read, if they are of the same kind,
 * that is end alike: those too long for a bundle and too short for chunks, such as a package's
 * extension modules, but not the sources beside them, or longer bytecode.
 *
 * <p>They come one after the other, a few at a time and ahead of their reader, who then need not
 * wait for the way up the tree and back. What is being read is asked for beside them.
 */
final class Siblings {
  /** Files fetched at a time for one directory; more would hold up what readers ask for. */
  private static final int LANES = 2;

  /** Of larger directories only this many bytes come. */
  private static final long MOST_BYTES = 16 << 20;

  private final CooperativeStore store;

  Siblings(CooperativeStore store) {
    this.store = store;
  }

  /**
   * Files of one kind in one directory.
   *
   * @param ending of the names, from the last dot on; empty for names without one
   */
  record Kind(RawPath directory, ByteBuffer ending) {
    /** Returns what {@code path} is one of. */
    static Kind of(RawPath path) {
      return new Kind(path.parent(), ending(path.name()));
    }

    private static ByteBuffer ending(byte[] name) {
      int dot = name.length - 1;
      while (dot >= 0 && name[dot] != '.') {
        dot--;
      }
      int from = dot < 0 ? name.length : dot;
      return ByteBuffer.wrap(name, from, name.length - from);
    }

    private boolean has(DirectoryListing.Entry entry) {
      return ending.equals(ending(entry.name()));
    }
  }

  /** Has the files of {@code kind} come that are longer than {@code small} bytes. */
  void expect(Kind kind, long small) {
    RawPath directory = kind.directory();
    Optional<Reply<DirectoryListing>> listing = store.cacheOf(Query.LIST).peek(directory);
    if (listing.isEmpty()
        || !listing.get().ok()
        || !listing.get().value().isComplete()
        || !store.upstream().knows(Rpcs.LIST)) {
      return;
    }
    long[] left = {MOST_BYTES};
    Stream<RawPath> files =
        listing.get().value().entries().stream()
            .filter(kind::has)
            .filter(entry -> entry.stat().filter(stat -> isOne(stat, small, left)).isPresent())
            .map(entry -> directory.resolve(entry.name()));
    Lanes.run(
        LANES,
        files.toList().iterator(),
        path -> store.get(Query.READ_FILE, path).thenAccept(file -> {}));
  }

  private boolean isOne(FileStat stat, long small, long[] left) {
    if (!stat.isRegularFile() || stat.size() <= small || !store.comesWhole(stat)) {
      return false;
    }
    left[0] -= stat.size();
    return left[0] >= 0;
  }
}
