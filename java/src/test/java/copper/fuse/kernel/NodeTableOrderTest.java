package copper.fuse.kernel;

import static copper.testing.Interleavings.together;
import static copper.testing.Interleavings.tryMany;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import copper.model.FileStat;
import copper.model.RawPath;
import org.junit.jupiter.api.Test;

class NodeTableOrderTest {
  private static final RawPath PATH = RawPath.of("/a");

  private static Node acquire(NodeTable nodes, int type) {
    return nodes.acquire(nodes.root(), PATH, FileStat.builder().mode(type | 0644).build());
  }

  /** Tells the kernel of a node, uses it, and hears that the kernel has dropped it. */
  private static void use(NodeTable nodes, int type) {
    Node node = acquire(nodes, type);
    assertSame(node, nodes.get(node.id()), "it is not there while the kernel holds it");
    nodes.forget(node.id(), 1);
  }

  private static void assertEmpty(NodeTable nodes) {
    assertEquals(1, nodes.size(), "the root alone");
    assertNull(nodes.at(PATH));
  }

  @Test
  void aNodeIsThereForAsLongAsOneThreadHoldsIt() {
    tryMany(
        () -> {
          NodeTable nodes = new NodeTable();
          together(
              () -> use(nodes, FileStat.S_IFREG),
              () -> use(nodes, FileStat.S_IFREG),
              () -> use(nodes, FileStat.S_IFREG));
          assertEmpty(nodes);
        });
  }

  @Test
  void aNameThatChangesItsKindLeavesNothingBehind() {
    tryMany(
        () -> {
          NodeTable nodes = new NodeTable();
          together(() -> use(nodes, FileStat.S_IFREG), () -> use(nodes, FileStat.S_IFDIR));
          assertEmpty(nodes);
        });
  }

  @Test
  void forgettingOneLookupKeepsANodeThatIsLookedUpAtTheSameTime() {
    tryMany(
        () -> {
          NodeTable nodes = new NodeTable();
          Node first = acquire(nodes, FileStat.S_IFREG);
          long[] second = new long[1];
          together(
              () -> nodes.forget(first.id(), 1),
              () -> second[0] = acquire(nodes, FileStat.S_IFREG).id());
          assertNotNull(nodes.get(second[0]));
          assertEquals(2, nodes.size());
          nodes.forget(second[0], 1);
          assertEmpty(nodes);
        });
  }
}
