package copper.tree;

import java.util.List;
import java.util.Optional;

/**
 * Whom a node may ask, in this order: its ancestors, and where none of them answers those that
 * stand in for them; after these storage.
 *
 * <p>All of them come before the node in its tree, so that nodes which stand in for each other
 * never ask in a circle.
 *
 * @param ancestors the parent first, the root last; none at the root, which asks nobody
 * @param standIns the first nodes below the root, then the node's elder siblings
 */
public record Above(List<String> ancestors, List<String> standIns) {
  /** Above the root of a tree. */
  public static final Above NOBODY = new Above(List.of(), List.of());

  /** Takes unmodifiable copies of the lists. */
  public Above {
    ancestors = List.copyOf(ancestors);
    standIns = List.copyOf(standIns);
  }

  /** Returns what is above a child of the root that has no elder siblings; NOBODY at the root. */
  public static Above of(Optional<String> parent) {
    return new Above(parent.map(List::of).orElse(List.of()), List.of());
  }
}
