package copper.store;

import copper.codec.ChunkRequest;
import copper.codec.Rpcs;
import copper.model.RawPath;
import java.util.Optional;
import java.util.Set;

/**
 * Something that a node may send its children before they ask for it, by the question that asks for
 * it.
 *
 * @param rpc asks it
 * @param path what it is about
 * @param chunk of a large file; empty for all else
 */
record PushThing(String rpc, RawPath path, Optional<ChunkRequest> chunk) {
  private static final Set<Query<?>> KINDS =
      Set.of(Query.LSTAT, Query.LIST, Query.FILES, Query.READ_FILE);

  /** Returns the thing that {@code query} asks for, if it is one that is sent ahead. */
  static Optional<PushThing> of(Query<?> query, RawPath path) {
    return KINDS.contains(query) ? Optional.of(about(query, path)) : Optional.empty();
  }

  private static PushThing about(Query<?> query, RawPath path) {
    return new PushThing(query.rpc(), path, Optional.empty());
  }

  /** Returns a chunk of a large file. */
  static PushThing of(ChunkRequest chunk) {
    return new PushThing(Rpcs.READ, chunk.path(), Optional.of(chunk));
  }

  /** Returns what may have brought an answer of {@code query} along: itself, or its directory's. */
  static Set<PushThing> bringing(Query<?> query, RawPath path) {
    if (query == Query.LSTAT && !path.isRoot()) {
      return Set.of(about(query, path), about(Query.LIST, path.parent()));
    }
    return query == Query.READ_FILE && !path.isRoot()
        ? Set.of(about(query, path), about(Query.FILES, path.parent()))
        : of(query, path).map(Set::of).orElse(Set.of());
  }

  /** Tells whether it is attributes or names, which are sent before file data. */
  boolean isMetadata() {
    return rpc.equals(Rpcs.LSTAT) || rpc.equals(Rpcs.LIST);
  }
}
