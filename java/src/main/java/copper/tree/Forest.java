package copper.tree;

import copper.tree.AddressBook.Entry;
import java.util.ArrayList;
import java.util.List;

/**
 * All trees of a job: which node stands where. Immutable.
 *
 * @param nodes the nodes in the order of the book
 * @param trees the number of trees they are split into
 */
public record Forest(List<Entry> nodes, int trees) {
  /** Takes an unmodifiable copy of the list. */
  public Forest {
    nodes = List.copyOf(nodes);
  }

  /**
   * Returns the trees that {@code book} makes.
   *
   * @throws AddressBookException if the number of trees does not fit
   */
  public static Forest of(AddressBook book, int trees) throws AddressBookException {
    int size = book.entries().size();
    if (trees < 1 || trees > size) {
      throw new AddressBookException(
          "-trees "
              + trees
              + " does not fit the address book of "
              + size
              + " nodes; give a number from 1 to "
              + size);
    }
    return new Forest(book.entries(), trees);
  }

  /** Returns one tree of one node. */
  public static Forest alone(Entry node) {
    return new Forest(List.of(node), 1);
  }

  /** Returns the shape of {@code tree}, counted from 0. */
  public TreeShape shape(int tree) {
    return TreeShape.of(segments().size(tree));
  }

  /** Returns the node {@code index} of {@code tree}; 0 is the root. */
  public Entry node(int tree, int index) {
    return nodes.get(segments().node(tree, index));
  }

  /**
   * Returns where in the list the node at {@code address} stands.
   *
   * @throws IllegalArgumentException if it is not there
   */
  public int placeOf(String address) {
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i).address().equals(address)) {
        return i;
      }
    }
    throw new IllegalArgumentException("no node has the address " + address);
  }

  /** Returns the indices below {@code index} of {@code tree}, level by level, itself first. */
  public List<Integer> subtree(int tree, int index) {
    TreeShape shape = shape(tree);
    List<Integer> found = new ArrayList<>(List.of(index));
    for (int i = 0; i < found.size(); i++) {
      found.addAll(shape.children(found.get(i)));
    }
    return found;
  }

  /** Returns how the list is dealt out to the trees. */
  public TreeSegments segments() {
    return new TreeSegments(nodes.size(), trees);
  }
}
