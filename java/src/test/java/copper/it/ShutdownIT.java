package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The end of a whole job by {@code cu_fuse_shutdown}, and nodes that find each other by a book. */
final class ShutdownIT {
  private static final String BOOK = "copper_address_book.txt";

  private Sandbox sandbox;
  private Path target;

  @BeforeEach
  void makeSandbox() {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    sandbox.write("target/file", "a file\n");
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private Command shutdown(Path logs, String... more) {
    List<String> words = new java.util.ArrayList<>(List.of(more));
    words.addAll(List.of("0", logs.toString()));
    return sandbox.command(words.toArray(String[]::new));
  }

  private static String program(String name) {
    return Machine.cuFuse().resolveSibling(name).toString();
  }

  private void assertServes(Node node) {
    assertEquals(
        "a file\n", sandbox.command("cat", node.at("file") + "").run().expectSuccess().out());
  }

  @Test
  void allNodesOfTheEmbeddedNetworkEnd() {
    Tree tree = Tree.of(sandbox, "tree", 3, target).start();
    tree.nodes().forEach(this::assertServes);
    Path logs = tree.root().logs().resolve("logs");
    String secret = tree.root().flag("-secret_file");

    Command.Result result =
        shutdown(logs, program("cu_fuse_shutdown")).with("COPPER_SECRET_FILE", secret).run();

    assertEquals("3 of 3 nodes have agreed to end\n", result.expectSuccess().out());
    tree.nodes().forEach(Node::assertEnds);
    tree.nodes().forEach(Node::counters);
    Command.Result again =
        shutdown(tree.root().logs(), program("copper"), "shutdown")
            .with("COPPER_SECRET_FILE", secret)
            .run();
    assertEquals(1, again.exit());
    assertEquals("0 of 3 nodes have agreed to end\n", again.out());
    assertEquals(3, again.err().lines().count());
  }

  @Test
  void whoHasNotTheSecretEndsNobody() {
    Node node = Node.single(sandbox, "node", target).start();
    Path other = sandbox.secret("other", "another secret, which is long enough to be taken\n");

    Command.Result result =
        shutdown(node.logs(), program("cu_fuse_shutdown"))
            .with("COPPER_SECRET_FILE", other + "")
            .run();

    assertEquals(1, result.exit());
    assertEquals("0 of 1 nodes have agreed to end\n", result.out());
    assertServes(node);
    node.stop();
  }

  @Test
  void aWrongCommandLineOrBookIsExplained() {
    Command.Result usage = sandbox.command(program("cu_fuse_shutdown"), "soon", "logs").run();
    assertEquals(2, usage.exit());
    assertTrue(usage.err().startsWith("usage: cu_fuse_shutdown"), usage.err());
    Path nowhere = sandbox.path("nowhere");
    Command.Result missing = shutdown(nowhere, program("cu_fuse_shutdown")).run();
    assertEquals(1, missing.exit());
    assertTrue(missing.err().contains(nowhere.resolve(BOOK) + " does not exist"), missing.err());
    assertEquals(1, missing.err().lines().count());
    assertEquals(2, sandbox.command(program("copper"), "nonsense").run().exit());
  }

  /** Returns a node on shared memory that nobody has listed; it gives the other time to start. */
  private Node unlisted(String name, Path logs) {
    return Node.single(sandbox, name, target)
        .flag("-net_type", "na+sm")
        .flag("-facility_address_book", null)
        .flag("-prefiltered_address_book", null)
        .flag("-secret_file", null)
        .flag("-log_output_dir", logs.toString())
        .flag("-log_level", "4")
        .flag("-addr_write_sync_time", "10");
  }

  private static void assumeMargo() {
    Path library = Machine.cuFuse().resolveSibling("../lib/libcopper_margo.so");
    Assumptions.assumeTrue(Files.exists(library), "the Margo transport is not built here");
  }

  @Test
  void nodesThatNobodyHasListedFindEachOtherAndEnd() throws Exception {
    assumeMargo();
    Path logs = sandbox.newDirectory("run");
    Node first = unlisted("first", logs);
    Node second = unlisted("second", logs);
    // Who reads the book too early is in other trees than the other.
    CompletableFuture<Node> starting = CompletableFuture.supplyAsync(first::start);
    second.start();
    starting.join();
    assertServes(second);

    List<String> book = Files.readAllLines(logs.resolve("logs").resolve(BOOK));
    assertEquals(2, book.size());
    assertTrue(second.log().contains("node 1 of 2 in tree 0"), second.log());
    assertTrue(second.log().contains("node 0 of 2 in tree 0"), second.log());
    Command.Result result = shutdown(logs.resolve("logs"), program("cu_fuse_shutdown")).run();
    assertEquals("2 of 2 nodes have agreed to end\n", result.expectSuccess().out());
    first.assertEnds();
    second.assertEnds();
    assertFalse(first.findPid().isPresent());
  }

  @Test
  void discoveringPrintsOneLineUnderTheHeader() {
    assumeMargo();
    Command.Result result = sandbox.command(program("copper"), "discover", "--header").run();
    List<String> lines = result.expectSuccess().out().lines().toList();
    assertEquals(2, lines.size());
    assertTrue(lines.get(0).startsWith("hostname | hsn0 | mac0 | cxi0"), lines.get(0));
    assertEquals(lines.get(0).split("\\|", -1).length, lines.get(1).split("\\|", -1).length);
  }
}
