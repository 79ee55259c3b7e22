package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code copper prefetch} with seven nodes and their mounts. */
final class PrefetchIT {
  private static final int NODES = 7;
  private static final int MODULES = 60;
  private static final int LARGE = 5 << 20;

  private final ObjectMapper json = new ObjectMapper();
  private Sandbox sandbox;
  private Path target;
  private Tree tree;

  @BeforeEach
  void start() throws IOException {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    PythonPackage.make(sandbox, target.resolve("site"), MODULES, LARGE);
    Files.createSymbolicLink(target.resolve("site/pack/link"), Path.of("data.bin"));
    tree = Tree.of(sandbox, "tree", NODES, target);
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private Command prefetch(Node at, String... words) {
    return sandbox.copper("prefetch", "--mount", at.mount().toString()).more(words);
  }

  /** Returns each node's numbers by its address. */
  private Map<String, JsonNode> stats() throws IOException {
    String out =
        sandbox
            .copper("stats", "--tree", "--json", "--mount", tree.node(2).mount().toString())
            .run()
            .expectSuccess()
            .out();
    Map<String, JsonNode> nodes = new HashMap<>();
    json.readTree(out).get("nodes").forEach(node -> nodes.put(node.get("address").asText(), node));
    assertEquals(NODES, nodes.size());
    return nodes;
  }

  private static long sum(Map<String, JsonNode> nodes, String name) {
    return nodes.values().stream().mapToLong(node -> node.path(name).asLong()).sum();
  }

  /** The RPCs that carry file data. */
  private static final List<String> DATA_CALLS =
      List.of(
          "asked_copper_read_calls",
          "asked_copper_files_calls",
          "asked_copper_file_calls",
          "asked_copper_readlink_calls");

  private static void assertNoDataWasAskedFor(
      Map<String, JsonNode> before, Map<String, JsonNode> after) {
    DATA_CALLS.forEach(name -> assertEquals(sum(before, name), sum(after, name), name));
    for (String name : List.of("storage_read", "storage_read_bytes", "storage_readlink")) {
      assertEquals(sum(before, name), sum(after, name), name);
    }
  }

  /** What a job does: imports the package, and reads the data and the link. */
  private void use(Node node) {
    String program =
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        import pack
        d = open(sys.argv[1] + '/pack/link', 'rb').read()
        print(len(d), pack.sub.m7.value, len(pack.sub.long.text))
        """;
    String out =
        sandbox
            .command(Machine.python(), "-B", "-c", program, node.at("site").toString())
            .run()
            .expectSuccess()
            .out();
    assertEquals(LARGE + " 7 200000\n", out);
  }

  @Test
  void afterwardsNobodyAsksForData() throws IOException {
    tree.start();
    String path = tree.node(5).at("site").toString();
    JsonNode done =
        json.readTree(prefetch(tree.node(5), "--json", path).run().expectSuccess().out());
    assertEquals(NODES, done.get("done").asInt());
    assertEquals(done.get("planned_files"), done.get("done_files"));
    assertTrue(done.get("done_files").asInt() >= 2 * MODULES, done.toString());
    long bytes = done.get("done_bytes").asLong();
    assertEquals(NODES * bytes, done.get("all_nodes_bytes").asLong(), done.toString());
    // All that was here before is what the walk brought: names and attributes.
    assertEquals(NODES * bytes, done.get("all_nodes_fetched_bytes").asLong(), done.toString());

    Map<String, JsonNode> before = stats();
    tree.nodes().forEach(this::use);
    Map<String, JsonNode> after = stats();
    assertTrue(sum(before, "asked_copper_read_calls") >= (NODES - 1) * (LARGE >> 18));
    assertNoDataWasAskedFor(before, after);
  }

  @Test
  void againItFetchesNothing() throws IOException {
    tree.start();
    String path = target.resolve("site").toString();
    String first = prefetch(tree.root(), path).run().expectSuccess().out();
    assertTrue(first.contains("on 7 nodes"), first);
    Map<String, JsonNode> before = stats();
    JsonNode again =
        json.readTree(prefetch(tree.node(1), "--json", path).run().expectSuccess().out());
    assertEquals(0, again.get("all_nodes_fetched_bytes").asLong());
    assertEquals(
        NODES * again.get("planned_files").asLong(), again.get("all_nodes_files").asLong());
    assertEquals(sum(before, "storage_read"), sum(stats(), "storage_read"));
  }

  @Test
  void whatDoesNotFitIsRefusedAndNothingIsRead() throws IOException {
    tree.node(4).flag("-max_cache_bytes", "16m");
    tree.start();
    Files.write(target.resolve("site/huge"), new byte[40 << 20]);
    Command.Result refused = prefetch(tree.node(2), tree.node(2).at("site").toString()).run();
    assertEquals(1, refused.exit(), refused.out());
    assertTrue(refused.err().contains(tree.node(4).flag("-net_type")), refused.err());
    assertTrue(refused.err().contains("do not fit"), refused.err());
    assertTrue(refused.err().contains("-max_cache_bytes"), refused.err());
    assertEquals(0, sum(stats(), "storage_read"));
  }

  @Test
  void whatCannotBeReadAndWhoIsGoneIsNamed() throws IOException {
    tree.each(node -> node.options(Node.WITHOUT_REHEARSAL + " -Dcopper.ready_timeout_ms=2000"));
    tree.start();
    Node killed = tree.node(6);
    killed.kill();
    Command.Result result =
        prefetch(tree.node(2), target.resolve("site").toString(), target + "/nowhere").run();
    assertEquals(1, result.exit(), result.err());
    assertTrue(result.out().contains("on 6 nodes"), result.out());
    assertTrue(result.err().contains("localhost (" + killed.flag("-net_type")), result.err());
    assertTrue(result.err().contains(target + "/nowhere: ENOENT"), result.err());
    Command.Result outside = prefetch(tree.node(2), "/etc").run();
    assertEquals(1, outside.exit());
    assertTrue(outside.err().contains("/etc is neither below"), outside.err());
    Sandbox.unmount(killed.mount());
  }

  @Test
  void whatAnEarlierRunTouchedAndNothingElse() throws IOException {
    Path trace = sandbox.path("trace");
    Node alone =
        Node.single(sandbox, "alone", target).flag("-record_trace", trace.toString()).start();
    touch(alone);
    alone.stop();
    tree.start();
    prefetch(tree.node(5), "--trace", trace.toString()).run().expectSuccess();
    Map<String, JsonNode> before = stats();
    for (JsonNode node : before.values()) {
      long chunks = node.get("cached_chunks").asLong();
      assertTrue(chunks > 0 && chunks < LARGE / 2 / 262_144, "chunks: " + chunks);
      // The root alone has no more than was asked for; to others a directory comes together.
      assertTrue(node.get("cached_files").asLong() >= 1, node.toString());
    }
    tree.nodes().forEach(this::touch);
    Map<String, JsonNode> after = stats();
    assertNoDataWasAskedFor(before, after);
  }

  private void touch(Node node) {
    try (Client client = new Client(sandbox)) {
      Path data = node.at("site/pack/data.bin");
      assertEquals("ok", client.ask("open", "f", data.toString(), "r"));
      client.ask("pread", "f", 100, 3 << 20);
      client.ask("close", "f");
      assertEquals("value = 9\n", client.cat(node.at("site/pack/sub/m9.py")));
    }
  }

  @Test
  void aFileThatIsNoTrace() {
    Node alone = Node.single(sandbox, "alone", target).start();
    Command.Result result =
        prefetch(alone, "--trace", target.resolve("site/pack/data.bin").toString()).run();
    assertEquals(1, result.exit());
    assertTrue(result.err().contains("is no trace"), result.err());
  }
}
