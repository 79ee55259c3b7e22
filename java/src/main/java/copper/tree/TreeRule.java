package copper.tree;

import java.util.List;
import java.util.OptionalInt;

/**
 * How the nodes of a book become trees. All nodes of a job must have the same rule.
 *
 * @param trees the number of trees
 * @param fanOut the most children a node has; empty: what C++ Copper takes for the tree's size
 * @param placed whether nodes change places in the list so that roots are in different racks and
 *     children near their parents, where host names tell; C++ Copper keeps the book's order
 */
public record TreeRule(int trees, OptionalInt fanOut, boolean placed) {
  /** The least fan-out: with one child each, a tree would be as deep as it has nodes. */
  public static final int LEAST_FAN_OUT = 2;

  /** The largest fan-out that can be asked for. */
  public static final int LARGEST_FAN_OUT = 65_536;

  /** Checks the numbers. */
  public TreeRule {
    if (trees < 1 || fanOut.orElse(LEAST_FAN_OUT) < LEAST_FAN_OUT) {
      throw new IllegalArgumentException(trees + " trees with fan-out " + fanOut);
    }
  }

  /** Returns C++ Copper's rule. */
  public static TreeRule original(int trees) {
    return new TreeRule(trees, OptionalInt.empty(), false);
  }

  /** Tells whether C++ nodes make the same trees. */
  public boolean isOriginal() {
    return fanOut.isEmpty() && !placed;
  }

  /** Returns the shape of a tree of {@code size} nodes. */
  public TreeShape shape(int size) {
    return fanOut.isPresent() ? new TreeShape(size, fanOut.getAsInt()) : TreeShape.of(size);
  }

  /** Returns the rule in words, of which C++ Copper's own begin with "original ". */
  @Override
  public String toString() {
    return (isOriginal() ? "original rule, " : "")
        + trees
        + (trees == 1 ? " tree" : " trees")
        + (fanOut.isPresent() ? ", fan-out " + fanOut.getAsInt() : "")
        + (placed ? ", by location" : "");
  }

  /** Returns the nodes in the order that makes the trees. */
  List<AddressBook.Entry> arrange(List<AddressBook.Entry> nodes) {
    return placed ? new Placement(nodes, this).arrange() : nodes;
  }
}
