package copper.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.codec.Rpcs;
import copper.codec.TreeReport;
import copper.codec.TreeReport.Missed;
import copper.codec.TreeReport.Numbers;
import copper.simulate.VirtualTime;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcTransport;
import copper.tree.AddressBook.Entry;
import copper.tree.Forest;
import copper.tree.TreeRule;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Fifteen nodes of one tree, four levels, on virtual time. */
class TreeCastTest {
  private static final String RPC = Rpcs.RESET;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int NODES = 15;

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);
  private final List<TreeCast> nodes = new ArrayList<>();

  /** Who has done it, in order. */
  private final List<String> done = new ArrayList<>();

  @BeforeEach
  void start() {
    start(1);
  }

  private void start(int trees) {
    nodes.clear();
    List<Entry> book =
        IntStream.range(0, NODES).mapToObj(i -> new Entry("host" + i, "a" + i)).toList();
    for (Entry entry : book) {
      RpcTransport transport = network.join(entry.address());
      transport.register(
          Rpcs.IS_READY, request -> CompletableFuture.completedFuture(Payload.of(new byte[] {1})));
      TreeCast node =
          new TreeCast(
              new Forest(book, TreeRule.original(trees)), entry.address(), transport, time);
      node.register(RPC, body -> step(entry, body));
      nodes.add(node);
    }
  }

  /** Takes ten milliseconds. */
  private CompletableFuture<TreeReport> step(Entry entry, ByteBuffer body) {
    CompletableFuture<TreeReport> answer = new CompletableFuture<>();
    time.schedule(
        () -> {
          done.add(entry.address());
          if (entry.address().equals("a5") && body.remaining() == 1) {
            answer.completeExceptionally(new IllegalStateException("no kernel"));
          } else {
            answer.complete(
                TreeReport.of(
                    List.of(new Numbers(entry.host(), entry.address(), Map.of("bytes", 1L))),
                    List.of()));
          }
        },
        10,
        TimeUnit.MILLISECONDS);
    return answer;
  }

  private TreeReport run(int from, TreeCast.Scope scope, int bytes) {
    CompletableFuture<TreeReport> answer =
        nodes.get(from).run(RPC, ByteBuffer.allocate(bytes), scope, PATIENCE);
    time.advance(PATIENCE.plusSeconds(1));
    assertTrue(answer.isDone(), "no answer within the time that was given");
    return answer.join();
  }

  private static List<String> missed(TreeReport report) {
    return report.missed().stream().map(Missed::host).toList();
  }

  @Test
  void everyNodeAfterItsParentWhereverItBegins() {
    for (int from : List.of(0, 6, 14)) {
      done.clear();
      TreeReport report = run(from, TreeCast.Scope.TREE, 0);
      assertEquals(NODES, report.done());
      assertEquals(List.of(), report.missed());
      assertEquals(NODES, report.numbers().size());
      assertEquals(NODES, done.size());
      for (int i = 1; i < NODES; i++) {
        assertTrue(done.indexOf("a" + (i - 1) / 2) < done.indexOf("a" + i), done.toString());
      }
    }
  }

  @Test
  void theChildrenOfAnUnreachableNodeAreAskedInItsPlace() {
    network.cut("a1");
    network.cut("a4");
    TreeReport report = run(14, TreeCast.Scope.TREE, 0);
    assertEquals(List.of("host1", "host4"), missed(report));
    assertEquals(NODES - 2, report.done());
  }

  @Test
  void soAreThoseOfAnUnreachableRoot() {
    network.cut("a0");
    TreeReport report = run(14, TreeCast.Scope.TREE, 0);
    assertEquals(List.of("host0"), missed(report));
    assertEquals(NODES - 1, report.done());
  }

  @Test
  void aSilentNodeCostsOneProbe() {
    network.hang("a2");
    TreeReport report = run(3, TreeCast.Scope.TREE, 0);
    assertEquals(List.of("host2"), missed(report));
    assertEquals(NODES - 1, report.done());
  }

  @Test
  void aNodeThatDoesNotKnowTheRpcIsNamedAsOneOfCpp() {
    network.forget("a2", RPC);
    TreeReport report = run(0, TreeCast.Scope.TREE, 0);
    assertEquals(NODES - 1, report.done());
    assertEquals("host2", report.missed().get(0).host());
    assertTrue(report.missed().get(0).why().contains("C++ node"), report.toString());
  }

  @Test
  void aNodeThatFailsIsNamedAndItsChildrenDoIt() {
    TreeReport report = run(0, TreeCast.Scope.TREE, 1);
    assertEquals(NODES - 1, report.done());
    assertEquals(List.of(new Missed("host5", "a5", "no kernel")), report.missed());
    assertEquals(NODES, done.size());
  }

  @Test
  void oneNodeOneTreeOrAllTrees() {
    start(3);
    assertEquals(1, run(7, TreeCast.Scope.NODE, 0).done());
    assertEquals(List.of("a7"), done);
    done.clear();
    assertEquals(5, run(7, TreeCast.Scope.TREE, 0).done());
    assertEquals(List.of("a5", "a6", "a7", "a8", "a9"), done.stream().sorted().toList());
    assertEquals(NODES, run(7, TreeCast.Scope.ALL_TREES, 0).done());
  }

  @Test
  void reportsSurviveTheWire() {
    TreeReport report =
        new TreeReport(
            3,
            List.of(new Missed("h", "a", "why \u00e4")),
            List.of(new Numbers("h", "a", Map.of("n", -5L))),
            Collections.nCopies(30, "problem"),
            4);
    assertEquals(20, report.problems().size());
    assertEquals(14, report.moreProblems());
    assertEquals(report, TreeReport.decode(report.encode()));
  }
}
