package copper.tree;

/**
 * A list of nodes cut into consecutive segments, one for each tree.
 *
 * <p>Every segment has size / trees nodes, and the first ones one more until the remainder is used
 * up, as in C++ Copper (src/copper/node_tree.cpp).
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

  /**
   * Returns the first node of {@code tree}, its root; {@code start(trees)} is the number of nodes.
   */
  public int start(int tree) {
    return tree * (nodes / trees) + Math.min(tree, nodes % trees);
  }

  /** Returns the number of nodes in {@code tree}. */
  public int size(int tree) {
    return start(tree + 1) - start(tree);
  }

  /** Returns the tree that {@code node} belongs to. */
  public int treeOf(int node) {
    int small = nodes / trees;
    int large = nodes % trees;
    int inLarge = large * (small + 1);
    return node < inLarge ? node / (small + 1) : large + (node - inLarge) / small;
  }
}
