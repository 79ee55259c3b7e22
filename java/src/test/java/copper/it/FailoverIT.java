package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import copper.control.Stats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Seven nodes of which some are killed or stopped while programs read through the others. */
final class FailoverIT {
  private static final int NODES = 7;

  /** As many as the test that reads most often reads. */
  private static final int FILES = 40;

  private static final int LARGE = 3_000_000;

  private Sandbox sandbox;
  private Tree tree;
  private Client client;
  private int next;

  @BeforeEach
  void start() throws IOException {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    Path target = sandbox.newDirectory("target");
    for (int i = 0; i < FILES; i++) {
      Files.createDirectories(target.resolve("d" + i));
      Files.writeString(target.resolve("d" + i + "/small"), content(i));
      if (i % 10 == 0) {
        Files.writeString(target.resolve("d" + i + "/large"), large(i));
      }
    }
    tree = Tree.of(sandbox, "tree", NODES, target).start();
    client = new Client(sandbox);
    readNew(0, 1, 2, 3, 4, 5, 6);
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      tree.nodes().stream()
          .filter(node -> node.findPid().isEmpty())
          .forEach(node -> Sandbox.unmount(node.mount()));
      sandbox.close();
    }
  }

  private static String content(int i) {
    return ("file " + i + "\n").repeat(2000 + i);
  }

  private static String large(int i) {
    String line = "large " + i + "\n";
    return line.repeat(LARGE / line.length());
  }

  /** Reads ten files that nobody has read, a large one among them, through each of the nodes. */
  private void readNew(int... nodes) {
    List<CompletableFuture<JsonNode>> answers = new ArrayList<>();
    List<String> contents = new ArrayList<>();
    for (int i = next; i < next + 10; i++) {
      for (int node : nodes) {
        ask(node, i, "small", content(i), answers, contents);
        if (i % 10 == 0) {
          ask(node, i, "large", large(i), answers, contents);
        }
      }
    }
    next += 10;
    for (int i = 0; i < answers.size(); i++) {
      JsonNode answer = client.await(answers.get(i));
      String got = answer.path("value").asText(answer.path("errno").asText());
      assertEquals(contents.get(i).hashCode(), got.hashCode(), () -> "read " + shortened(got));
    }
  }

  private void ask(
      int node,
      int i,
      String name,
      String content,
      List<CompletableFuture<JsonNode>> answers,
      List<String> contents) {
    Path file = tree.node(node).at("d" + i + "/" + name);
    answers.add(client.send("cat", file.toString()));
    contents.add(content);
  }

  private static String shortened(String text) {
    return text.substring(0, Math.min(80, text.length()));
  }

  private Map<String, Long> stats(int node) {
    return tree.node(node).stats();
  }

  private String servedBy(int node) {
    return stats(node).keySet().stream()
        .filter(name -> name.startsWith(Stats.SERVED_BY))
        .map(name -> name.substring(Stats.SERVED_BY.length()))
        .collect(Collectors.joining());
  }

  /** Returns what a user is shown. */
  private String shownToBeServedBy(int node) throws IOException {
    String mount = tree.node(node).mount().toString();
    String shown = sandbox.copper("stats", "--json", "--mount", mount).run().expectSuccess().out();
    return new ObjectMapper().readTree(shown).at("/nodes/0/served_by").asText();
  }

  private String address(int node) {
    return tree.node(node).flag("-net_type");
  }

  private void assertComesTo(int node, String expected) {
    assertTrue(
        Wait.until(Command.DEADLINE, () -> servedBy(node).equals(expected)),
        () -> node + " is served by " + servedBy(node) + " and not by " + expected);
  }

  @Test
  void aKilledInnerNodeIsLeftOutAndTakenBackWhenItRestarts() throws IOException {
    assertEquals("parent " + address(1), shownToBeServedBy(3));
    tree.node(1).kill();
    readNew(0, 2, 3, 4, 5, 6);
    assertEquals("ancestor " + address(0), shownToBeServedBy(3));
    assertEquals("ancestor " + address(0), servedBy(4));
    assertEquals("parent " + address(2), servedBy(5));
    for (int i : new int[] {2, 3, 4, 5, 6}) {
      assertEquals(0, stats(i).get("storage_read"), "node " + i);
    }
    tree.node(1).start();
    assertComesTo(3, "parent " + address(1));
    assertComesTo(4, "parent " + address(1));
    readNew(0, 1, 2, 3, 4, 5, 6);
  }

  @Test
  void aKilledRootHasOneSuccessor() {
    tree.root().kill();
    readNew(1, 2, 3, 4, 5, 6);
    readNew(1, 2, 3, 4, 5, 6);
    assertEquals("storage", servedBy(1));
    assertComesTo(2, "stand-in " + address(1));
    assertEquals("parent " + address(2), servedBy(6));
    for (int i : new int[] {3, 4, 5, 6}) {
      assertEquals(0, stats(i).get("storage_read"), "node " + i);
    }
    tree.root().start();
    assertComesTo(1, "parent " + address(0));
    assertComesTo(2, "parent " + address(0));
    readNew(0, 1, 2, 3, 4, 5, 6);
  }

  @Test
  void aStoppedNodeIsLeftOutUntilItGoesOn() {
    tree.node(2).signal("STOP");
    try {
      readNew(0, 1, 3, 4, 5, 6);
      assertEquals("ancestor " + address(0), servedBy(6));
    } finally {
      tree.node(2).signal("CONT");
    }
    assertComesTo(6, "parent " + address(2));
    readNew(0, 1, 2, 3, 4, 5, 6);
  }

  @Test
  void allThatAreNoLeavesAreKilledOneAfterTheOtherAndTheTreeIsReset() throws IOException {
    for (int i : new int[] {1, 0, 2}) {
      tree.node(i).kill();
      readNew(3, 4, 5, 6);
    }
    assertEquals("storage", servedBy(3));
    Files.writeString(sandbox.path("target/d0/small"), "changed");
    sandbox.copper("reset", "--mount", tree.node(6).mount().toString()).run();
    for (int i : new int[] {6, 5, 4, 3}) {
      assertEquals("changed", client.cat(tree.node(i).at("d0/small")));
    }
  }
}
