package copper.tree;

import copper.tree.AddressBook.Entry;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Where a node stands: its tree, its ancestors, its children.
 *
 * @param address the node's own address as the book has it
 * @param tree the number of its tree, from 0
 * @param shape the shape of its tree
 * @param index its index in the tree; 0 is the root
 * @param ancestors their addresses, the parent first, the root last
 * @param standIns the addresses of those that may be asked where no ancestor answers
 * @param children their addresses
 */
public record TreePosition(
    String address,
    int tree,
    TreeShape shape,
    int index,
    List<String> ancestors,
    List<String> standIns,
    List<String> children) {
  /** Takes unmodifiable copies of the lists. */
  public TreePosition {
    ancestors = List.copyOf(ancestors);
    standIns = List.copyOf(standIns);
    children = List.copyOf(children);
  }

  /** Returns the position of a node that is alone. */
  public static TreePosition alone(String address) {
    return new TreePosition(address, 0, TreeShape.of(1), 0, List.of(), List.of(), List.of());
  }

  /**
   * Finds a node in {@code forest}: by its own address, as C++ Copper does, or else by its host
   * name, if there is one node of that name. Whole names come first, then those up to the first
   * dot.
   *
   * @throws AddressBookException if it is not there
   */
  public static TreePosition find(Forest forest, String address, String host)
      throws AddressBookException {
    List<Entry> entries = forest.nodes();
    TreeSegments segments = forest.segments();
    int node = locate(entries, address, host);
    int tree = segments.treeOf(node);
    int index = segments.indexOf(node);
    TreeShape shape = forest.shape(tree);
    return new TreePosition(
        entries.get(node).address(),
        tree,
        shape,
        index,
        addresses(entries, segments, tree, shape.ancestors(index)),
        addresses(entries, segments, tree, shape.standIns(index)),
        addresses(entries, segments, tree, shape.children(index)));
  }

  private static List<String> addresses(
      List<Entry> entries, TreeSegments segments, int tree, List<Integer> indices) {
    return indices.stream().map(i -> entries.get(segments.node(tree, i)).address()).toList();
  }

  private static int locate(List<Entry> entries, String address, String host)
      throws AddressBookException {
    String shortName = HostNames.shortName(host);
    int[] found = matching(entries, entry -> entry.address().equals(address));
    if (found.length == 0) {
      found = matching(entries, entry -> entry.host().equals(host));
    }
    if (found.length == 0) {
      found = matching(entries, e -> HostNames.shortName(e.host()).equals(shortName));
    }
    if (found.length == 1) {
      return found[0];
    }
    throw new AddressBookException(
        "the address book has not this node's address "
            + address
            + (found.length == 0
                ? ", nor its host name " + host + "; add the line '" + host + " " + address + "'"
                : ", and its host name " + host + " " + found.length + " times; check -net_type"));
  }

  private static int[] matching(List<Entry> entries, Predicate<Entry> test) {
    return IntStream.range(0, entries.size()).filter(i -> test.test(entries.get(i))).toArray();
  }

  /** Tells whether this node is the root of its tree, which reads storage. */
  public boolean isRoot() {
    return index == 0;
  }

  /** Returns the parent's address; none for the root. */
  public Optional<String> parent() {
    return ancestors.stream().findFirst();
  }

  /** Returns whom this node may ask. */
  public Above above() {
    return new Above(ancestors, standIns);
  }

  /** Returns the number of steps to the root. */
  public int depth() {
    return ancestors.size();
  }

  /** Returns the position for the log. */
  @Override
  public String toString() {
    return String.format(
        "node %d of %d in tree %d, fan-out %d, depth %d, parent %s, %d children",
        index,
        shape.size(),
        tree,
        shape.fanOut(),
        depth(),
        parent().orElse("none (root)"),
        children.size());
  }
}
