package copper.tree;

/**
 * The nodes of a list dealt out to trees, as C++ Copper does (get_tree_segments in
 * src/copper/node_tree.cpp).
 *
 * <p>Every tree gets nodes / trees consecutive ones. What remains are the last nodes of the list;
 * the first of them goes to the end of the first tree, the next to that of the second, and so on:
 * such a tree's last node does not stand next to its others in the list.
 *
 * @param nodes the number of nodes
 * @param trees the number of trees, from 1 to {@code nodes}
 */
public record TreeSegments(int nodes, int trees) {
  /** Checks the numbers. */
  public TreeSegments {
    if (trees < 1 || trees > nodes) {
      throw new IllegalArgumentException(trees + " trees of " + nodes + " nodes");
    }
  }

  /** Returns the number of nodes in {@code tree}, counted from 0. */
  public int size(int tree) {
    return regular() + (tree < nodes % trees ? 1 : 0);
  }

  /** Returns where in the list the node {@code index} of {@code tree} stands. */
  public int node(int tree, int index) {
    return index < regular() ? tree * regular() + index : dealt() + tree;
  }

  /** Returns the tree of the list's {@code node}. */
  public int treeOf(int node) {
    return node < dealt() ? node / regular() : node - dealt();
  }

  /** Returns the index that the list's {@code node} has in its tree; 0 is the root. */
  public int indexOf(int node) {
    return node < dealt() ? node % regular() : regular();
  }

  private int regular() {
    return nodes / trees;
  }

  /** Returns how many nodes are dealt out before the remainder. */
  private int dealt() {
    return regular() * trees;
  }
}
