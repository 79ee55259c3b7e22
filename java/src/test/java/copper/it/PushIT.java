package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code -push on} with seven nodes and their mounts. */
final class PushIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int MODULES = 40;
  private static final int ROUNDS = 5;

  private final ObjectMapper json = new ObjectMapper();
  private Sandbox sandbox;
  private Path target;
  private Tree tree;
  private Client client;

  @BeforeEach
  void start() throws IOException {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    PythonPackage.make(sandbox, target.resolve("site"), MODULES, 3 << 20);
    for (int i = 0; i < 300; i++) {
      Files.createDirectories(target.resolve("warm" + i));
      Files.writeString(target.resolve("warm" + i + "/file"), "warm " + i);
    }
    tree =
        Tree.of(sandbox, "tree", 7, target)
            .each(node -> node.flag("-push", "on").flag("-md_enoent_ttl_ms", "2000"))
            .start();
    client = new Client(sandbox);
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  /** Returns what the nodes have counted, by their addresses. */
  private Map<String, JsonNode> stats() {
    String mount = tree.root().mount().toString();
    Map<String, JsonNode> nodes = new HashMap<>();
    try {
      json.readTree(
              sandbox
                  .copper("stats", "--tree", "--json", "--mount", mount)
                  .run()
                  .expectSuccess()
                  .out())
          .get("nodes")
          .forEach(node -> nodes.put(node.get("address").asText(), node));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return nodes;
  }

  private long count(Node node, String name) {
    return stats().get(node.flag("-net_type")).get(name).asLong();
  }

  /** Imports the package in every leaf at once, and reads the data. */
  private void useEverywhere() {
    String program =
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        import pack
        print(len(open(sys.argv[1] + '/pack/data.bin', 'rb').read()), pack.sub.m7.value)
        """;
    List<CompletableFuture<Command.Result>> runs = new ArrayList<>();
    for (Node leaf : tree.leaves()) {
      Command command =
          sandbox.command(Machine.python(), "-B", "-c", program, leaf.at("site").toString());
      runs.add(CompletableFuture.supplyAsync(command::run, task -> new Thread(task).start()));
    }
    runs.forEach(run -> assertEquals((3 << 20) + " 7\n", run.join().expectSuccess().out()));
  }

  @Test
  void whatOneLeafAsksForIsThereForTheOthers() {
    Node first = tree.node(3);
    Node other = tree.node(6);
    tree.nodes().forEach(node -> client.cat(node.at("warm0/file")));
    // Nodes that have asked something wait for more; how soon is not to be told from here.
    int[] next = {1};
    assertTrue(
        Wait.until(
            LIMIT,
            () -> {
              assertEquals("warm " + next[0], client.cat(first.at("warm" + next[0]++ + "/file")));
              return count(other, "push_taken") > 0;
            }));
    for (int i = 1; i < next[0]; i++) {
      assertEquals("warm " + i, client.cat(other.at("warm" + i + "/file")));
    }
    assertTrue(count(other, "push_used") > 0);
    assertTrue(count(tree.root(), "pushed") > 0);
    assertTrue(count(tree.node(2), "pushed") > 0, "it sends on what it is sent");

    useEverywhere();
    for (Node leaf : tree.leaves()) {
      sandbox
          .command("diff", "-r", target.toString(), leaf.mount().toString())
          .run()
          .expectSuccess();
    }
    assertTrue(count(tree.root(), "pushed_bytes") > 0);
  }

  @Test
  void nothingOldIsThereAfterAReset() throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      String text = "round " + round + " ".repeat(round);
      Files.writeString(target.resolve("site/pack/changing"), text);
      String mount = tree.node(5).mount().toString();
      sandbox.copper("reset", "--mount", mount).run().expectSuccess();
      for (Node node : tree.nodes()) {
        client.list(node.at("site/pack"));
        assertEquals(text, client.cat(node.at("site/pack/changing")), node.toString());
      }
    }
  }
}
