package copper.tree;

import java.util.List;
import java.util.Optional;

/**
 * Where a node stands: its ancestors, its children, its tree.
 *
 * @param address the node's own address
 * @param tree the number of its tree, from 0
 * @param shape the shape of its tree
 * @param index its index in the tree; 0 is the root
 * @param ancestors their addresses, the parent first and the root last
 * @param children their addresses
 */
public record TreePosition(
    String address,
    int tree,
    TreeShape shape,
    int index,
    List<String> ancestors,
    List<String> children) {
  /** Takes unmodifiable copies of the lists. */
  public TreePosition {
    ancestors = List.copyOf(ancestors);
    children = List.copyOf(children);
  }

  /** Returns the position of a node that is alone. */
  public static TreePosition alone(String address) {
    return new TreePosition(address, 0, TreeShape.of(1), 0, List.of(), List.of());
  }

  /**
   * Finds a node in {@code book}: by its own address, which is how C++ Copper does it, or else by
   * its host name, if the book has that once.
   *
   * @throws AddressBookException if it is not there, or there are more trees than nodes
   */
  public static TreePosition find(AddressBook book, int trees, String address, String host)
      throws AddressBookException {
    int size = book.entries().size();
    if (trees < 1 || trees > size) {
      throw new AddressBookException(
          "-trees " + trees + " does not fit the address book, which has " + size + " nodes");
    }
    int node = indexOf(book, address, host);
    TreeSegments segments = new TreeSegments(size, trees);
    int tree = segments.treeOf(node);
    int start = segments.start(tree);
    TreeShape shape = TreeShape.of(segments.size(tree));
    int index = node - start;
    return new TreePosition(
        book.entries().get(node).address(),
        tree,
        shape,
        index,
        addresses(book, start, shape.ancestors(index)),
        addresses(book, start, shape.children(index)));
  }

  private static List<String> addresses(AddressBook book, int start, List<Integer> indices) {
    return indices.stream().map(index -> book.entries().get(start + index).address()).toList();
  }

  private static int indexOf(AddressBook book, String address, String host)
      throws AddressBookException {
    List<AddressBook.Entry> entries = book.entries();
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).address().equals(address)) {
        return i;
      }
    }
    int found = -1;
    for (int i = 0; i < entries.size(); i++) {
      String name = entries.get(i).host();
      if (name.equals(host) || AddressBook.shortName(name).equals(AddressBook.shortName(host))) {
        if (found >= 0) {
          throw new AddressBookException(
              "the address book has this host, "
                  + host
                  + ", more than once and not its address "
                  + address
                  + "; check -net_type");
        }
        found = i;
      }
    }
    if (found < 0) {
      throw new AddressBookException(
          "the address book has neither this node's address "
              + address
              + " nor its host name "
              + host
              + "; add the line '"
              + host
              + " "
              + address
              + "'");
    }
    return found;
  }

  /** Returns the parent's address; none for the root of a tree. */
  public Optional<String> parent() {
    return ancestors.stream().findFirst();
  }

  /** Returns the position for the log. */
  @Override
  public String toString() {
    return "node "
        + index
        + " of "
        + shape.size()
        + " in tree "
        + tree
        + ", fan-out "
        + shape.fanOut()
        + ", parent "
        + parent().orElse("none (root)")
        + ", "
        + children.size()
        + " children";
  }
}
