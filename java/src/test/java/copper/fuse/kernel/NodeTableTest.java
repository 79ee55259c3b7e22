package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import copper.model.FileStat;
import copper.model.RawPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class NodeTableTest {
  private static final int FILE = FileStat.S_IFREG;
  private static final int DIRECTORY = FileStat.S_IFDIR;

  private final NodeTable nodes = new NodeTable();

  private Node acquire(String path, int type) {
    return nodes.acquire(
        nodes.root(), RawPath.of(path), FileStat.builder().mode(type | 0644).build());
  }

  private Node acquire(String path, long size) {
    return nodes.acquire(
        nodes.root(), RawPath.of(path), FileStat.builder().mode(FILE | 0644).size(size).build());
  }

  @Test
  void aNodeStaysUntilEveryLookupIsForgotten() {
    Node node = acquire("/a", FILE);
    assertSame(node, acquire("/a", FILE));
    assertSame(node, acquire("/a", FILE));
    nodes.forget(node.id(), 2);
    assertSame(node, nodes.get(node.id()));
    nodes.forget(node.id(), 1);
    assertNull(nodes.get(node.id()));
    assertEquals(1, nodes.size(), "the root");
  }

  @Test
  void anIdIsNeverUsedAgain() {
    Node first = acquire("/a", FILE);
    nodes.forget(first.id(), 1);
    assertNotEquals(first.id(), acquire("/a", FILE).id());
  }

  @Test
  void theRootIsNeverForgotten() {
    nodes.forget(Fuse.ROOT_ID, Long.MAX_VALUE);
    assertNotNull(nodes.get(Fuse.ROOT_ID));
  }

  @Test
  void aNameWhoseContentChangesIsAnotherNode() {
    Node before = acquire("/a", 10L);
    assertSame(before, acquire("/a", 10L));
    Node after = acquire("/a", 11L);
    assertNotEquals(before.id(), after.id());
    assertSame(before, nodes.get(before.id()), "the kernel still holds it");
    assertSame(after, nodes.at(RawPath.of("/a")));
    nodes.forget(before.id(), 2);
    assertSame(after, nodes.at(RawPath.of("/a")));
  }

  @Test
  void aNameThatBecomesAnotherKindOfFileIsAnotherNode() {
    Node file = acquire("/a", FILE);
    Node directory = acquire("/a", DIRECTORY);
    assertNotEquals(file.id(), directory.id());
    assertSame(file, nodes.get(file.id()), "the kernel still holds it");
    nodes.forget(file.id(), 1);
    assertNull(nodes.get(file.id()));
    assertSame(directory, acquire("/a", DIRECTORY), "forgetting the old one leaves the new one");
    nodes.forget(directory.id(), 2);
    assertEquals(1, nodes.size());
  }

  @Test
  void whatTheKernelNeverHadIsNoHarm() {
    nodes.forget(12345, 1);
    assertEquals(1, nodes.size());
  }

  /** Lookups and forgets of few names from many threads: in the end nothing is left. */
  @Test
  void countsAreExactUnderConcurrency() throws InterruptedException, ExecutionException {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> runs = new ArrayList<>();
      for (int seed = 0; seed < 8; seed++) {
        Random random = new Random(seed);
        runs.add(pool.submit(() -> lookUpAndForget(random)));
      }
      for (Future<?> run : runs) {
        run.get();
      }
    } finally {
      pool.shutdownNow();
    }
    assertEquals(1, nodes.size());
  }

  private void lookUpAndForget(Random random) {
    List<Node> held = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      if (held.size() < 10 && random.nextBoolean()) {
        Node node = acquire("/" + random.nextInt(4), random.nextBoolean() ? FILE : DIRECTORY);
        assertSame(node, nodes.get(node.id()));
        held.add(node);
      } else if (!held.isEmpty()) {
        nodes.forget(held.remove(random.nextInt(held.size())).id(), 1);
      }
    }
    held.forEach(node -> nodes.forget(node.id(), 1));
  }
}
