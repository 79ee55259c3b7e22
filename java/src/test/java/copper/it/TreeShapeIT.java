package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code -fanout}, {@code -tree auto} and {@code copper tree --advise} with real nodes. */
final class TreeShapeIT {
  private static final String LINE = "the same through every mount\n";

  private Sandbox sandbox;
  private Path target;
  private Client client;

  @BeforeEach
  void start() throws IOException {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    Files.writeString(target.resolve("file"), LINE);
    client = new Client(sandbox);
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private Tree tree(int size) {
    return Tree.of(sandbox, "tree", size, target)
        .each(node -> node.flag("-log_level", "4").flag("-log_type", "file"));
  }

  private String drawn(Node node) {
    return sandbox.copper("tree", "--mount", node.mount().toString()).run().expectSuccess().out();
  }

  @Test
  void everyNodeAsksTheRootWhereTheFanOutSaysSo() {
    Tree tree = tree(6).each(node -> node.flag("-fanout", "5")).start();
    tree.nodes().forEach(node -> assertEquals(LINE, client.cat(node.at("file"))));
    assertTrue(drawn(tree.node(5)).startsWith("tree 0: 6 nodes, fan-out 5, 2 levels\n"));
    String book = sandbox.path("tree/book").toString();
    assertEquals(
        drawn(tree.node(3)),
        sandbox.copper("tree", book, "--fanout", "5").run().expectSuccess().out());
    for (Node node : tree.nodes().subList(1, 6)) {
      assertEquals(0, node.stop().get("storage_read"), node.toString());
    }
    assertTrue(tree.root().stop().get("rpc_served") >= 5);
  }

  @Test
  void rootsAreSpreadOverRacks() throws IOException {
    Tree tree = tree(6);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 6; i++) {
      // In the book the racks take turns, so the original's roots would be in one.
      lines.append("x400%dc0s0b0n%d %s\n".formatted(i % 2, i, tree.node(i).flag("-net_type")));
    }
    Path book = sandbox.write("racks", lines.toString());
    tree.each(
            node ->
                node.flag("-facility_address_book", book.toString())
                    .flag("-trees", "2")
                    .flag("-tree", "auto"))
        .start();
    tree.nodes().forEach(node -> assertEquals(LINE, client.cat(node.at("file"))));
    String drawn = drawn(tree.node(0));
    String first = drawn.substring(0, drawn.indexOf("tree 1: "));
    assertEquals(3, first.lines().filter(line -> line.contains("x4000")).count(), drawn);
    assertEquals(3, drawn.lines().filter(line -> line.contains("x4001")).count(), drawn);
    assertEquals(
        drawn,
        sandbox
            .copper("tree", book.toString(), "--trees", "2", "--tree", "auto")
            .run()
            .expectSuccess()
            .out());
    long readers =
        tree.nodes().stream().filter(node -> node.stop().get("storage_read") > 0).count();
    assertEquals(2, readers);
  }

  @Test
  void aNodeWithAnotherTreeIsTold() throws IOException {
    Tree tree = tree(3);
    tree.node(2).flag("-fanout", "4");
    tree.start();
    assertEquals(LINE, client.cat(tree.node(1).at("file")));
    long began = System.nanoTime();
    client.cat(tree.node(2).at("file"));
    assertTrue(
        System.nanoTime() - began < 60_000_000_000L, "it waits for a parent it must not ask");
    String log = tree.node(2).log();
    assertTrue(log.contains("has other trees (original rule, 1 tree, 3 nodes, "), log);
    assertTrue(log.contains("-fanout"), log);
  }

  @Test
  void theNetworkIsMeasuredAndKept() throws IOException {
    Tree tree = tree(2).start();
    Path file = sandbox.path("tree/book.costs");
    Command.Result result =
        sandbox
            .copper("tree", "--mount", tree.node(1).mount().toString())
            .more("--advise", "--measure", "--json", "--write", file.toString())
            .run()
            .expectSuccess();
    JsonNode advice = new ObjectMapper().readTree(result.out());
    assertEquals(2, advice.get("fan_out").asInt());
    assertEquals(1, advice.get("trees").asInt());
    List<String> lines = Files.readAllLines(file);
    assertEquals(7, lines.size(), lines.toString());
    assertTrue(lines.contains("latency_ns " + advice.get("latency_ns").asLong()));
    assertNotEquals(1_200_000_000L, advice.get("bandwidth_bytes_s").asLong());
    // What was kept is what --advise and nodes with -tree auto take from beside the book.
    String book = sandbox.path("tree/book").toString();
    String again = sandbox.copper("tree", book, "--advise", "--json").run().expectSuccess().out();
    assertEquals(advice, new ObjectMapper().readTree(again));
    String text = sandbox.copper("tree", book, "--advise").run().expectSuccess().out();
    assertTrue(text.endsWith("\n-fanout 2 -trees 1\n"), text);
    Node other = Tree.of(sandbox, "other", 1, target).root().flag("-tree", "auto");
    sandbox.write("other/book.costs", "latency_ns fast\n");
    Command.Result wrong = other.command().run();
    assertNotEquals(0, wrong.exit(), wrong.err());
    assertTrue(wrong.err().contains("book.costs: a line is a name and a number"), wrong.err());
  }

  @Test
  void optionsThatDoNotFitAreRefused() {
    Path book = sandbox.write("book", Tree.bookLine(7000));
    for (List<String> words :
        List.of(
            List.of(book.toString(), "--tree", "wide"),
            List.of(book.toString(), "--fanout", "1"),
            List.of(book.toString(), "--measure"),
            List.of(book.toString(), "--advise", "--measure"),
            List.of("--fanout", "3"))) {
      Command.Result result = sandbox.copper("tree").more(words.toArray(String[]::new)).run();
      assertEquals(2, result.exit(), words + result.err());
      assertTrue(result.err().startsWith("copper tree: --"), result.err());
    }
  }
}
