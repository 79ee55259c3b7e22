package copper.tree;

import copper.tree.AddressBook.Entry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Gives the nodes of a list other places in it, by their locations: roots in different racks, and
 * below each node nodes that are near it. Where a host name does not tell its location, all keep
 * the places they have.
 *
 * <p>Each tree gets a stretch of the machine room, and in it each node's subtree a stretch of that.
 * What a tree sends through the network then mostly stays within racks.
 */
final class Placement {
  private final List<Entry> nodes;
  private final TreeRule rule;

  /** Racks that have a root already. */
  private final Set<Integer> taken = new HashSet<>();

  private record Placed(Location location, Entry node) {}

  Placement(List<Entry> nodes, TreeRule rule) {
    this.nodes = nodes;
    this.rule = rule;
  }

  /** Returns the same nodes, in the order in which the trees of the rule are made of them. */
  List<Entry> arrange() {
    List<Placed> sorted = new ArrayList<>(nodes.size());
    for (Entry node : nodes) {
      Optional<Location> location = Location.of(node.host());
      if (location.isEmpty()) {
        return nodes;
      }
      sorted.add(new Placed(location.get(), node));
    }
    // Stable: nodes at one place stay in the book's order.
    sorted.sort(Comparator.comparing(Placed::location));
    TreeSegments segments = new TreeSegments(nodes.size(), rule.trees());
    Entry[] arranged = new Entry[nodes.size()];
    int from = 0;
    for (int tree = 0; tree < rule.trees(); tree++) {
      int size = segments.size(tree);
      List<Placed> stretch = withRootFirst(sorted.subList(from, from + size));
      List<Integer> preorder = preorder(rule.shape(size));
      for (int i = 0; i < size; i++) {
        arranged[segments.node(tree, preorder.get(i))] = stretch.get(i).node();
      }
      from += size;
    }
    return List.of(arranged);
  }

  /**
   * The first node of the stretch whose rack has no root yet becomes the root, else the first. The
   * stretches follow each other as the racks do, so no other choice gives roots to more racks.
   */
  private List<Placed> withRootFirst(List<Placed> stretch) {
    int root = 0;
    while (root < stretch.size() && taken.contains(stretch.get(root).location().cabinet())) {
      root++;
    }
    if (root == stretch.size()) {
      return stretch;
    }
    taken.add(stretch.get(root).location().cabinet());
    List<Placed> found = new ArrayList<>(stretch);
    found.add(0, found.remove(root));
    return found;
  }

  /** Returns the indices of a tree, each node directly before all that is below it. */
  private static List<Integer> preorder(TreeShape shape) {
    List<Integer> order = new ArrayList<>(shape.size());
    Deque<Integer> waiting = new ArrayDeque<>(List.of(0));
    while (!waiting.isEmpty()) {
      int index = waiting.pop();
      order.add(index);
      List<Integer> children = shape.children(index);
      for (int i = children.size() - 1; i >= 0; i--) {
        waiting.push(children.get(i));
      }
    }
    return order;
  }
}
