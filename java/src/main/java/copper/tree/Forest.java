package copper.tree;

import copper.tree.AddressBook.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * All trees of a job: which node stands where. Immutable.
 *
 * @param nodes the nodes in the order that makes the trees, which is that of the book unless the
 *     rule gives them other places
 * @param rule how they are made of that
 */
public record Forest(List<Entry> nodes, TreeRule rule) {
  /** Takes an unmodifiable copy of the list. */
  public Forest {
    nodes = List.copyOf(nodes);
  }

  /**
   * Returns the trees that C++ Copper makes of {@code book}.
   *
   * @throws AddressBookException if the number of trees does not fit
   */
  public static Forest of(AddressBook book, int trees) throws AddressBookException {
    check(book, trees);
    return new Forest(book.entries(), TreeRule.original(trees));
  }

  /**
   * Returns the trees that {@code rule} makes of {@code book}.
   *
   * @throws AddressBookException if the number of trees does not fit
   */
  public static Forest of(AddressBook book, TreeRule rule) throws AddressBookException {
    check(book, rule.trees());
    return new Forest(rule.arrange(book.entries()), rule);
  }

  private static void check(AddressBook book, int trees) throws AddressBookException {
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
  }

  /** Returns one tree of one node. */
  public static Forest alone(Entry node) {
    return new Forest(List.of(node), TreeRule.original(1));
  }

  /** Returns the number of trees. */
  public int trees() {
    return rule.trees();
  }

  /** Returns the shape of {@code tree}, counted from 0. */
  public TreeShape shape(int tree) {
    return rule.shape(segments().size(tree));
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

  /**
   * Returns words for these trees, which two nodes have just so if they agree on who is whose
   * parent: the rule, the number of nodes, and a digest of their addresses.
   */
  public String mark() {
    long digest = 0xcbf29ce484222325L;
    for (Entry node : nodes) {
      for (byte b : (node.address() + "\n").getBytes(StandardCharsets.UTF_8)) {
        digest = (digest ^ (b & 0xff)) * 0x100000001b3L;
      }
    }
    return String.format("%s, %d nodes, %016x", rule, nodes.size(), digest);
  }

  /** Returns how the list is dealt out to the trees. */
  public TreeSegments segments() {
    return new TreeSegments(nodes.size(), trees());
  }
}
