package copper.tree;

import java.util.ArrayList;
import java.util.List;

/**
 * A complete k-ary tree over the indices 0 to size − 1, breadth first, with 0 as the root.
 *
 * <p>k is the smallest that gives five levels at most, as in C++ Copper (src/copper/node_tree.cpp):
 * 2 up to 31 nodes, 3 up to 121, 4 up to 341, 5 up to 781, 6 up to 1555, and 7 from there on. C++
 * Copper loses nodes beyond the 19,608 that six levels of 7 hold; here the tree grows on.
 *
 * @param size the number of nodes, at least 1
 * @param fanOut the most children a node has
 */
public record TreeShape(int size, int fanOut) {
  /** The largest number of nodes for the fan-out at the same place in {@link #FAN_OUTS}. */
  private static final int[] SIZES = {31, 121, 341, 781, 1555};

  private static final int[] FAN_OUTS = {2, 3, 4, 5, 6};
  private static final int LARGEST_FAN_OUT = 7;

  /** Checks the numbers. */
  public TreeShape {
    if (size < 1 || fanOut < 1) {
      throw new IllegalArgumentException(size + " nodes with fan-out " + fanOut);
    }
  }

  /** Returns the original's shape for {@code size} nodes. */
  public static TreeShape of(int size) {
    for (int i = 0; i < SIZES.length; i++) {
      if (size <= SIZES[i]) {
        return new TreeShape(size, FAN_OUTS[i]);
      }
    }
    return new TreeShape(size, LARGEST_FAN_OUT);
  }

  /** Returns the parent of {@code index}, which is not the root. */
  public int parent(int index) {
    if (index <= 0 || index >= size) {
      throw new IllegalArgumentException("node " + index + " of " + size + " has no parent");
    }
    return (index - 1) / fanOut;
  }

  /** Returns the ancestors of {@code index}, its parent first and the root last. */
  public List<Integer> ancestors(int index) {
    List<Integer> ancestors = new ArrayList<>();
    for (int i = index; i > 0; ) {
      i = parent(i);
      ancestors.add(i);
    }
    return ancestors;
  }

  /** Returns the children of {@code index}. */
  public List<Integer> children(int index) {
    List<Integer> children = new ArrayList<>();
    long first = (long) index * fanOut + 1;
    for (long child = first; child < Math.min(size, first + fanOut); child++) {
      children.add((int) child);
    }
    return children;
  }
}
