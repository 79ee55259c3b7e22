package copper.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** Shapes of every size, against the rules said another way: a queue that hands out children. */
class TreeShapeTest {
  private static final int LARGEST = 20_000;

  /** Returns the parent of each of {@code size} nodes: who is first in the queue, k times each. */
  private static int[] parentsByQueue(int size, int k) {
    int[] parents = new int[size];
    parents[0] = -1;
    Queue<Integer> waiting = new ArrayDeque<>(List.of(0));
    for (int next = 1; next < size; ) {
      int parent = waiting.remove();
      for (int i = 0; i < k && next < size; i++, next++) {
        parents[next] = parent;
        waiting.add(next);
      }
    }
    return parents;
  }

  /** Returns the nodes that {@code levels} full levels hold. */
  private static int capacity(int k, int levels) {
    int nodes = 0;
    for (int level = 0, width = 1; level < levels; level++, width *= k) {
      nodes += width;
    }
    return nodes;
  }

  /** Returns the smallest k from 2 to 6 whose five full levels hold {@code size}, or else 7. */
  private static int expectedFanOut(int size) {
    int k = 2;
    while (k < 7 && capacity(k, 5) < size) {
      k++;
    }
    return k;
  }

  @Test
  void everySizeHasTheFanOutOfTheRule() {
    for (int size = 1; size <= LARGEST; size++) {
      assertEquals(expectedFanOut(size), TreeShape.of(size).fanOut());
    }
    int[][] borders = {{31, 2}, {32, 3}, {121, 3}, {122, 4}, {341, 4}, {342, 5}, {781, 5}};
    for (int[] border : borders) {
      assertEquals(border[1], TreeShape.of(border[0]).fanOut());
    }
    assertEquals(6, TreeShape.of(782).fanOut());
    assertEquals(6, TreeShape.of(1555).fanOut());
    assertEquals(7, TreeShape.of(1556).fanOut());
    assertEquals(7, TreeShape.of(Integer.MAX_VALUE).fanOut());
  }

  @Test
  void everyNodeOfEverySizeHasTheParentOfTheQueue() {
    int[][] parents = new int[8][];
    for (int k = 2; k <= 7; k++) {
      parents[k] = parentsByQueue(LARGEST, k);
    }
    for (int size = 1; size <= LARGEST; size++) {
      TreeShape shape = TreeShape.of(size);
      int[] expected = parents[shape.fanOut()];
      for (int node = 1; node < size; node++) {
        if (shape.parent(node) != expected[node]) {
          assertEquals(expected[node], shape.parent(node), "node " + node + " of " + size);
        }
      }
    }
  }

  @Test
  void everyNodeIsSomebodysChildOnceAndLevelsFillUp() {
    for (int size = 1; size <= LARGEST; size = size < 2000 ? size + 1 : size + 997) {
      assertTree(size);
    }
    for (int size : new int[] {19_607, 19_608, 19_609, LARGEST}) {
      assertTree(size);
    }
  }

  private static void assertTree(int size) {
    TreeShape shape = TreeShape.of(size);
    int[] depth = new int[size];
    int next = 1;
    for (int node = 0; node < size; node++) {
      List<Integer> children = shape.children(node);
      for (int child : children) {
        // In this order nobody is left out, nobody is taken twice, and all hang on the root.
        assertEquals(next++, child);
        assertEquals(node, shape.parent(child));
        depth[child] = depth[node] + 1;
      }
    }
    assertEquals(size, next);
    for (int node = 0; node < size; node++) {
      int level = depth[node];
      int k = shape.fanOut();
      assertTrue(node >= capacity(k, level) && node < capacity(k, level + 1));
      assertEquals(level, shape.ancestors(node).size());
    }
    assertTrue(depth[size - 1] <= 4 || size > 1555);
  }

  @Test
  void ancestorsLeadToTheRoot() {
    TreeShape shape = TreeShape.of(20_000);
    List<Integer> path = new ArrayList<>();
    for (int node = 19_999; node != 0; node = (node - 1) / 7) {
      path.add((node - 1) / 7);
    }
    assertEquals(path, shape.ancestors(19_999));
    assertEquals(List.of(), shape.ancestors(0));
    assertEquals(List.of(), TreeShape.of(1).children(0));
  }

  @Test
  void largeIndicesDoNotOverflow() {
    TreeShape shape = TreeShape.of(Integer.MAX_VALUE);
    int last = Integer.MAX_VALUE - 1;
    assertEquals(List.of(), shape.children(last));
    assertEquals((last - 1) / 7, shape.parent(last));
  }

  @Test
  void nodesOutsideHaveNoParent() {
    TreeShape shape = TreeShape.of(10);
    for (int node : new int[] {-1, 0, 10, 11}) {
      assertThrows(IllegalArgumentException.class, () -> shape.parent(node));
    }
    assertThrows(IllegalArgumentException.class, () -> TreeShape.of(0));
    assertThrows(IllegalArgumentException.class, () -> new TreeShape(1, 0));
  }
}
