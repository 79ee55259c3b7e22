package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * {@code copper stats}, {@code tree} and {@code reset --local} with seven nodes and their mounts.
 *
 * <p>All tests share the tree; each reads in a directory of its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TreeCommandsIT {
  private static final int NODES = 7;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Sandbox sandbox;
  private Path target;
  private Tree tree;
  private Client client;

  @BeforeAll
  void start() {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    sandbox.write("target/alone/small", "before\n");
    sandbox.write("target/counted/large", "large\n".repeat(400_000));
    sandbox.write("target/watched/small", "a file\n");
    tree = Tree.of(sandbox, "tree", NODES, target).start();
    client = new Client(sandbox);
  }

  @AfterAll
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private Command copper(String command, int node, String... more) {
    return sandbox.copper(command, "--mount", tree.node(node).mount().toString()).more(more);
  }

  @Test
  void oneNodeAlone() throws IOException {
    tree.nodes().forEach(node -> assertEquals("before\n", client.cat(node.at("alone/small"))));
    Files.writeString(target.resolve("alone/small"), "after\n");
    assertEquals("1 node reset\n", copper("reset", 0, "--local").run().expectSuccess().out());
    assertEquals("after\n", client.cat(tree.root().at("alone/small")));
    assertEquals("before\n", client.cat(tree.node(3).at("alone/small")));
  }

  @Test
  void whatNodesCount() throws IOException {
    String large = client.cat(tree.node(6).at("counted/large"));
    assertEquals("large\n".repeat(400_000).hashCode(), large.hashCode());
    JsonNode stats =
        new ObjectMapper()
            .readTree(copper("stats", 3, "--tree", "--json").run().expectSuccess().out());
    assertEquals(NODES, stats.get("nodes").size());
    assertEquals(NODES, stats.get("done").asInt());
    for (JsonNode node : stats.get("nodes")) {
      boolean root = node.get("address").asText().equals(tree.root().flag("-net_type"));
      assertEquals(root, node.get("storage_read").asInt() > 0, node.toString());
      assertTrue(node.get("heap_bytes").asLong() > 0);
    }
    JsonNode root = stats.get("nodes").get(0);
    assertTrue(root.get("cached_data_bytes").asLong() > 2_000_000, root.toString());
    String table = copper("stats", 3, "--tree").run().expectSuccess().out();
    assertEquals(NODES + 2, table.lines().count(), table);
    String one = copper("stats", 3).run().expectSuccess().out();
    assertTrue(one.contains("fuse_getattr"), one);
  }

  /** Each time anew, until it is interrupted: what happens meanwhile is seen. */
  @Test
  void whatNodesCountIsWatched() throws IOException, InterruptedException {
    Path out = sandbox.newFile("watched");
    Path err = sandbox.newFile("errors");
    Process watching = copper("stats", 0, "--watch", "1", "--json").start(out, err);
    assertTrue(Wait.until(PATIENCE, () -> states(out).size() > 1), () -> "no second state");
    int before = reads(states(out));
    assertEquals("a file\n", client.cat(tree.root().at("watched/small")));
    assertTrue(
        Wait.until(PATIENCE, () -> reads(states(out)) > before), () -> "nothing new is shown");
    assertTrue(watching.isAlive(), "it goes on until it is interrupted");
    watching.destroy();
    assertTrue(watching.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    assertEquals("", Files.readString(err));
    Command.Result wrong = copper("stats", 0, "--watch", "0").run();
    assertEquals(2, wrong.exit());
    assertTrue(wrong.err().contains("--watch takes a whole number from 1"), wrong.err());
  }

  /** Returns the states that were printed whole. */
  private static List<JsonNode> states(Path out) {
    List<JsonNode> states = new ArrayList<>();
    try (MappingIterator<JsonNode> found =
        new ObjectMapper().readerFor(JsonNode.class).readValues(Files.readString(out))) {
      while (found.hasNext()) {
        states.add(found.next());
      }
    } catch (IOException | RuntimeException e) {
      // The last one is still being written.
      return states;
    }
    return states;
  }

  /** Returns how many reads the last state tells of. */
  private static int reads(List<JsonNode> states) {
    return states.get(states.size() - 1).at("/nodes/0/storage_read").asInt();
  }

  @Test
  void theTreeAsTheNodesAndAsTheBookHaveIt() {
    String drawn = copper("tree", 4).run().expectSuccess().out();
    assertEquals(NODES + 1, drawn.lines().count(), drawn);
    assertTrue(drawn.startsWith("tree 0: 7 nodes, fan-out 2, 3 levels\n"), drawn);
    String book = sandbox.path("tree/book").toString();
    assertEquals(drawn, sandbox.copper("tree", book).run().expectSuccess().out());
    String top = sandbox.copper("tree", book, "--levels", "2").run().expectSuccess().out();
    assertEquals(6, top.lines().count(), top);
  }

  @Test
  void whereTheNodeIsNotSaid() {
    Command.Result several = sandbox.copper("reset").run();
    assertEquals(1, several.exit());
    tree.nodes().forEach(node -> assertTrue(several.err().contains(node.mount().toString())));
    Command.Result none = sandbox.copper("reset", "--mount", target.toString()).run();
    assertEquals(1, none.exit());
    assertTrue(none.err().contains("no node of this user is mounted at " + target), none.err());
    Command.Result wrong = sandbox.copper("reset", "--mout", "x").run();
    assertEquals(2, wrong.exit());
    assertTrue(wrong.err().contains("--help"), wrong.err());
  }
}
