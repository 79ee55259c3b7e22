package copper.it;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What programs see when nodes die, stall, are unreachable or are talked to by strangers. */
final class FailureIT {
  private static final int FILES = 40;

  /** Without it a node waits two minutes for its parent to come up. */
  private static final String SHORT_WAIT =
      Node.WITHOUT_REHEARSAL + " -Dcopper.ready_timeout_ms=2000";

  private Sandbox sandbox;
  private Path target;

  @BeforeEach
  void makeSandbox() throws IOException {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    for (int i = 0; i < FILES; i++) {
      Files.writeString(target.resolve("file-" + i), content(i));
    }
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private static String content(int i) {
    return ("file " + i + "\n").repeat(2000 + i);
  }

  private Tree newTree(int size) {
    Tree tree = Tree.of(sandbox, "tree", size, target);
    return tree.each(node -> node.options(SHORT_WAIT));
  }

  /**
   * An answer must be right, or an error; that it comes at all is what the client's deadline says.
   */
  private static void assertRightOrError(String answer, int i) {
    assertTrue(
        answer.equals(content(i)) || answer.matches("E[A-Z]+"), () -> "file " + i + ": " + answer);
  }

  @Test
  void anUnreachableParentIsAnErrorAndNoHang() {
    Node child = newTree(2).node(1).start();
    try (Client client = new Client(sandbox)) {
      assertRightOrError(client.cat(child.at("file-0")), 0);
      assertRightOrError(client.cat(child.at("file-1")), 1);
    }
    child.stop();
  }

  @Test
  void aParentThatComesLateIsWaitedFor() {
    Tree tree = Tree.of(sandbox, "tree", 2, target);
    Node child = tree.node(1).start();
    try (Client client = new Client(sandbox)) {
      CompletableFuture<JsonNode> answer = client.send("cat", child.at("file-0").toString());
      tree.root().start();
      assertEquals(content(0), client.await(answer).path("value").asText());
    }
  }

  @Test
  void aParentKilledWhileItIsReadFrom() {
    Tree tree = newTree(3).start();
    Node child = tree.node(1);
    try (Client client = new Client(sandbox)) {
      assertEquals(content(0), client.cat(child.at("file-0")));
      List<CompletableFuture<JsonNode>> answers = new ArrayList<>();
      for (int i = 1; i < FILES / 2; i++) {
        answers.add(client.send("cat", child.at("file-" + i).toString()));
      }
      client.await(answers.get(0));
      tree.root().kill();
      for (int i = 1; i < answers.size(); i++) {
        JsonNode answer = client.await(answers.get(i));
        assertRightOrError(answer.path("value").asText(answer.path("errno").asText()), i + 1);
      }
      assertEquals(content(0), client.cat(child.at("file-0")), "what the child has it can give");
      assertRightOrError(client.cat(child.at("file-" + (FILES - 1))), FILES - 1);
    }
    child.stop();
    tree.node(2).stop();
    Sandbox.unmount(tree.root().mount());
  }

  @Test
  void aParentThatComesBackIsUsedAgain() {
    Tree tree = newTree(2).start();
    Node child = tree.node(1);
    try (Client client = new Client(sandbox)) {
      assertEquals(content(0), client.cat(child.at("file-0")));
      tree.root().kill();
      assertRightOrError(client.cat(child.at("file-1")), 1);
      tree.root().start();
      assertTrue(
          Wait.until(Command.DEADLINE, () -> client.cat(child.at("file-2")).equals(content(2))),
          "the child does not find its parent again");
    }
  }

  @Test
  void sigtermWhileAReaderWaitsForAStalledParent() {
    Tree tree = newTree(2).start();
    Node child = tree.node(1);
    try (Client client = new Client(sandbox)) {
      assertEquals(content(0), client.cat(child.at("file-0")));
      tree.root().signal("STOP");
      try {
        CompletableFuture<JsonNode> blocked = client.send("cat", child.at("file-1").toString());
        child.stop();
        assertTrue(client.await(blocked).has("errno"), "the reader gets an error");
      } finally {
        tree.root().signal("CONT");
      }
    }
  }

  /** A parent that takes connections and never says a word. */
  @Test
  void sigtermWhileAReaderWaitsForASilentParent() throws IOException {
    Tree tree = Tree.of(sandbox, "tree", 2, target);
    Node child = tree.node(1);
    try (ServerSocket silent =
            new ServerSocket(port(tree.root()), 50, InetAddress.getLoopbackAddress());
        Client client = new Client(sandbox)) {
      child.start();
      CompletableFuture<JsonNode> blocked = client.send("cat", child.at("file-1").toString());
      child.stop();
      assertTrue(client.await(blocked).has("errno"), "the reader gets an error");
      assertFalse(silent.isClosed());
    }
  }

  @Test
  void garbageOnThePortDisturbsNobody() throws IOException {
    Tree tree = newTree(2).start();
    List<byte[]> noises = noises();
    List<Socket> open = new ArrayList<>();
    try (Client client = new Client(sandbox)) {
      for (int i = 0; i < noises.size(); i++) {
        for (Node node : tree.nodes()) {
          Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(node));
          open.add(socket);
          send(socket, noises.get(i));
        }
        assertEquals(content(i), client.cat(tree.node(1).at("file-" + i)));
      }
      assertEquals(content(FILES - 1), client.cat(tree.node(1).at("file-" + (FILES - 1))));
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
    tree.nodes().forEach(Node::stop);
  }

  private static List<byte[]> noises() {
    List<byte[]> noises = new ArrayList<>();
    Random random = new Random(7);
    for (int size : new int[] {0, 1, 4, 100, 70_000}) {
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      noises.add(noise);
    }
    noises.add("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    noises.add(new byte[4096]);
    byte[] huge = new byte[64]; // lengths of all sizes, were it read as one
    Arrays.fill(huge, (byte) 0xFF);
    noises.add(huge);
    noises.add(new byte[] {0x7F, -1, -1, -1, 1, 2, 3, 4});
    return noises;
  }

  /** The node may close the connection before it has all; that is an answer too. */
  private static void send(Socket socket, byte[] noise) {
    try {
      OutputStream out = socket.getOutputStream();
      out.write(noise);
      out.flush();
    } catch (IOException e) {
      assertTrue(noise.length > 1, () -> "a connection refused before a byte was sent: " + e);
    }
  }

  @Test
  void anotherSecretGetsNothing() {
    Tree tree = newTree(2);
    tree.root().start();
    Node child = tree.node(1);
    child.flag(
        "-secret_file",
        sandbox
            .secret("wrong", "not the secret of the root, but as long as a secret must be\n")
            .toString());
    Command.Result result = child.command().run();
    if (result.exit() == 0) {
      try (Client client = new Client(sandbox)) {
        String answer = client.cat(child.at("file-0"));
        assertTrue(answer.matches("E[A-Z]+"), answer);
      }
      child.stop();
    } else {
      assertAll(
          () -> assertEquals(1, result.err().lines().count(), result::err),
          () -> assertTrue(result.err().contains("secret"), result::err));
    }
    assertEquals(0, tree.root().stop().get("storage_read"), "the root read for a stranger");
  }

  private static int port(Node node) {
    String address = node.flag("-net_type");
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }
}
