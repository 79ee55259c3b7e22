package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code copper reset} of seven nodes and their mounts. */
final class TreeResetIT {
  private static final int NODES = 7;

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
}
