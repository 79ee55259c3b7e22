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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code copper reset}, {@code stats} and {@code tree} with seven nodes and their mounts. */
final class TreeResetIT {
  private static final int NODES = 7;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Sandbox sandbox;
  private Path target;
  private Tree tree;
  private Client client;

  @BeforeEach
  void start() throws IOException {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    Files.createDirectory(target.resolve("dir"));
    write("before");
    tree = Tree.of(sandbox, "tree", NODES, target);
    tree.each(
            node ->
                node.flag("-md_enoent_ttl_ms", "3600000")
                    .options(Node.WITHOUT_REHEARSAL + " -Dcopper.ready_timeout_ms=2000"))
        .start();
    client = new Client(sandbox);
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  /** A small file, a large one and one that is new each time. */
  private void write(String state) throws IOException {
    Files.writeString(target.resolve("dir/small"), state + "\n");
    Files.writeString(target.resolve("dir/large"), state.repeat(400_000));
    Files.writeString(target.resolve("dir/only-" + state), "");
  }

  private void assertSeen(String state, Node node) {
    String other = state.equals("before") ? "after" : "before";
    assertEquals(state + "\n", client.cat(node.at("dir/small")), node + ": small");
    String large = client.cat(node.at("dir/large"));
    assertEquals(state.repeat(400_000).hashCode(), large.hashCode(), node + ": large");
    assertEquals("", client.cat(node.at("dir/only-" + state)), node + ": new");
    assertTrue(client.list(node.at("dir")).contains("only-" + state), node + ": listing");
    if (other.equals("after")) {
      assertEquals("ENOENT", client.cat(node.at("dir/only-after")), node.toString());
    }
  }

  private Command copper(String command, int node, String... more) {
    Command copper = sandbox.copper(command, "--mount", tree.node(node).mount().toString());
    return copper.more(more);
  }

  @Test
  void whatChangedIsSeenThroughEveryMountWhenTheCommandEnds() throws IOException {
    tree.nodes().forEach(node -> assertSeen("before", node));
    write("after");
    tree.nodes().forEach(node -> assertSeen("before", node));
    Command.Result result = copper("reset", NODES - 1).run().expectSuccess();
    assertEquals("7 nodes reset\n", result.out());
    // The leaves first: they would get what is old from whoever above them had kept it.
    for (int i = NODES - 1; i >= 0; i--) {
      assertSeen("after", tree.node(i));
    }
  }

  @Test
  void oneNodeAlone() throws IOException {
    tree.nodes().forEach(node -> assertSeen("before", node));
    Files.writeString(target.resolve("dir/small"), "after\n");
    assertEquals("1 node reset\n", copper("reset", 0, "--local").run().expectSuccess().out());
    assertEquals("after\n", client.cat(tree.root().at("dir/small")));
    assertEquals("before\n", client.cat(tree.node(3).at("dir/small")));
  }

  @Test
  void aKilledNodeIsNamedAndTheOthersAreReset() throws IOException {
    tree.nodes().forEach(node -> assertSeen("before", node));
    write("after");
    Node killed = tree.node(1);
    killed.kill();
    Command.Result result = copper("reset", 5).run();
    assertEquals(1, result.exit(), result.err());
    assertEquals("6 nodes reset\n", result.out());
    assertTrue(result.err().startsWith("copper reset: localhost (" + killed.flag("-net_type")));
    assertEquals(1, result.err().lines().count(), result.err());
    for (int i : List.of(0, 2, 5, 6)) {
      assertSeen("after", tree.node(i));
    }
    // Below the killed one: nothing old either.
    String below = client.cat(tree.node(3).at("dir/small"));
    assertTrue(below.equals("EIO") || below.equals("after\n"), below);
    Sandbox.unmount(killed.mount());
  }

  @Test
  void whatNodesCount() throws IOException {
    assertSeen("before", tree.node(6));
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
    assertSeen("before", tree.root());
    assertTrue(Wait.until(PATIENCE, () -> reads(states(out)) > 0), () -> "nothing new is shown");
    assertEquals(0, reads(states(out).subList(0, 1)), "at first nothing had been read");
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
