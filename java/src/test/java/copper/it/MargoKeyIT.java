package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.codec.PathRequest;
import copper.codec.Replies;
import copper.codec.Rpcs;
import copper.model.RawPath;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.margo.MargoOptions;
import copper.transport.margo.MargoTransport;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes on a network of Margo that hold the job's secret, and those that do not. */
final class MargoKeyIT {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String LIBRARIES = "copper.native_dir";

  private Sandbox sandbox;
  private Path target;
  private Path secret;
  private List<Integer> ports;
  private Path book;

  @BeforeEach
  void makeSandbox() {
    Machine.assumeFuse();
    Path libraries = Machine.cuFuse().resolveSibling("../lib").normalize();
    Assumptions.assumeTrue(
        Files.exists(libraries.resolve("libcopper_margo.so")),
        "the Margo transport is not built here");
    if (System.getProperty(LIBRARIES) == null) {
      System.setProperty(LIBRARIES, libraries.toString());
    }
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    sandbox.write("target/file", "a file\n");
    sandbox.write("target/package/__init__.py", "print('imported')\n");
    secret = sandbox.secret("secret", "the secret of these tests, long enough to be taken\n");
    ports = Stream.generate(sandbox::freePort).limit(3).toList();
    book =
        sandbox.write(
            "book",
            ports.stream()
                .map(port -> "localhost " + address(port) + "\n")
                .collect(Collectors.joining()));
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private static String address(int port) {
    return "ofi+tcp;ofi_rxm://127.0.0.1:" + port;
  }

  /** Returns a node of the tree, of which the first is the parent of the others. */
  private Node node(int index) {
    return new Node(sandbox, "n" + index, target, ports.get(index), book, secret)
        .flag("-net_type", "ofi+tcp://127.0.0.1:" + ports.get(index))
        .flag("-log_level", "4")
        .words("-require_auth");
  }

  /** Returns a node without the flag, with this secret or none. */
  private Node stranger(String name, int index, Path other) {
    return new Node(sandbox, name, target, ports.get(index), book, secret)
        .flag("-net_type", "ofi+tcp://127.0.0.1:" + ports.get(index))
        .flag("-secret_file", other == null ? null : other.toString())
        .flag("-log_level", "4");
  }

  private Command.Result cat(Node node) {
    return sandbox.command("cat", node.at("file").toString()).run();
  }

  private Command.Result shutdown(Node node, String secretFile) {
    return sandbox
        .command(
            Machine.cuFuse().resolveSibling("cu_fuse_shutdown").toString(),
            "0",
            node.logs().resolve("logs").toString())
        .with("COPPER_SECRET_FILE", secretFile)
        .run();
  }

  /** Asks as a C++ node does. */
  private static String readFile(MargoTransport from, int port, String path) {
    Payload request = new Payload(new PathRequest(false, RawPath.of(path)).encode());
    ByteBuffer answer = from.call(address(port), Rpcs.READFILE, request, LONG).join();
    return Replies.READ_FILE.decode(answer).ok() ? "ok" : "an errno";
  }

  @Test
  void aTreeWithTheSecretServesItselfAndNobodyElse() throws Exception {
    List<Node> nodes = IntStream.range(0, 3).mapToObj(this::node).toList();
    nodes.forEach(Node::start);
    for (Node node : nodes) {
      assertEquals("a file\n", cat(node).expectSuccess().out());
      Command.Result python =
          sandbox
              .command(Machine.program("python3"), "-c", "import package")
              .with("PYTHONPATH", node.mount().toString())
              .run();
      assertEquals("imported\n", python.expectSuccess().out());
    }
    assertTrue(nodes.get(2).log().contains("first successful parent"), nodes.get(2).log());
    try (MargoTransport stranger = MargoTransport.open(MargoOptions.of("ofi+tcp://127.0.0.1"))) {
      CompletionException refused =
          Assertions.assertThrows(
              CompletionException.class,
              () -> readFile(stranger, ports.get(0), target.resolve("file").toString()));
      RpcException why = (RpcException) refused.getCause();
      assertEquals(RpcException.Kind.DENIED, why.kind(), why.getMessage());
    }
    Command.Result nobody = shutdown(nodes.get(0), "");
    assertEquals("0 of 3 nodes have agreed to end\n", nobody.out());
    assertTrue(nobody.err().contains("COPPER_SECRET_FILE"), nobody.err());
    assertEquals("a file\n", cat(nodes.get(1)).expectSuccess().out());
    Command.Result all = shutdown(nodes.get(0), secret.toString());
    assertEquals("3 of 3 nodes have agreed to end\n", all.expectSuccess().out());
    nodes.forEach(Node::assertEnds);
  }

  @Test
  void nodesWithoutTheSecretGetNothing() {
    Node root = node(0).start();
    Path other = sandbox.secret("other", "another secret, which is long enough to be taken\n");
    // One after the other: of two, the second could ask the first.
    Node wrong = stranger("wrong", 1, other).start();
    assertNotEquals(0, cat(wrong).exit());
    wrong.stop();
    Node without = stranger("without", 1, null).start();
    assertNotEquals(0, cat(without).exit());
    without.stop();

    assertTrue(wrong.log().contains("has another secret than this node"), wrong.log());
    assertTrue(without.log().contains("name its file with -secret_file"), without.log());
    assertEquals("a file\n", cat(root).expectSuccess().out());
    root.stop();
  }

  @Test
  void withoutTheFlagNodesThatKnowNoKeysAreServedTheOriginalRpcs() throws Exception {
    Node root = stranger("root", 0, secret).start();
    Node child = stranger("child", 1, secret).start();
    assertEquals("a file\n", cat(child).expectSuccess().out());
    try (MargoTransport original = MargoTransport.open(MargoOptions.of("ofi+tcp://127.0.0.1"))) {
      assertEquals("ok", readFile(original, ports.get(0), target.resolve("file").toString()));
      original.shutdownPeer(address(ports.get(1)), LONG).join();
    }
    child.assertEnds();
    root.stop();
  }
}
