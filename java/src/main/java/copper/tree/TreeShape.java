package copper.tree;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A complete k-ary tree over the indices 0 to size - 1, numbered level by level, 0 the root.
 *
 * <p>Which k goes with which size follows C++ Copper (build_my_tree in src/copper/node_tree.cpp):
 * five levels as long as 6 children are enough for that, then 7 children. The original has six
 * levels at most and loses the nodes beyond 19,608; here the tree grows on.
 *
 * @param size the number of nodes, at least 1
 * @param fanOut k, the most children a node has
 */
public record TreeShape(int size, int fanOut) {
  private static final int LARGEST_FAN_OUT = 7;

  /** So many nodes below the root stand in for lost ancestors; they do not all die together. */
  private static final int STAND_INS = 8;

  /** Checks the numbers. */
  public TreeShape {
    if (size < 1 || fanOut < 1) {
      throw new IllegalArgumentException(size + " nodes with fan-out " + fanOut);
    }
  }

  /** Returns the original's shape for {@code size} nodes. */
  public static TreeShape of(int size) {
    return new TreeShape(size, fanOut(size));
  }

  private static int fanOut(int size) {
    if (size <= 31) {
      return 2;
    } else if (size <= 121) {
      return 3;
    } else if (size <= 341) {
      return 4;
    } else if (size <= 781) {
      return 5;
    }
    return size <= 1555 ? 6 : LARGEST_FAN_OUT;
  }

  /** Returns the parent of {@code index}, which is a node and not the root. */
  public int parent(int index) {
    if (index < 1 || index >= size) {
      throw new IllegalArgumentException("node " + index + " of " + size + " has no parent");
    }
    return (index - 1) / fanOut;
  }

  /** Returns the ancestors of {@code index}, its parent first, the root last; none for the root. */
  public List<Integer> ancestors(int index) {
    List<Integer> ancestors = new ArrayList<>();
    for (int node = index; node != 0; ) {
      node = parent(node);
      ancestors.add(node);
    }
    return ancestors;
  }

  /**
   * Returns who may be asked where no ancestor of {@code index} answers, in this order: the first
   * nodes below the root, then its elder siblings. So where the root is lost, its first child alone
   * takes its place, and where the first nodes are, each family has one that asks storage.
   */
  public List<Integer> standIns(int index) {
    Set<Integer> found = new LinkedHashSet<>();
    for (int i = 1; i <= STAND_INS && i < index; i++) {
      found.add(i);
    }
    if (index > 0) {
      children(parent(index)).stream().filter(child -> child < index).forEach(found::add);
    }
    ancestors(index).forEach(found::remove);
    return List.copyOf(found);
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
