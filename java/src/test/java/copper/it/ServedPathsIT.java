package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the mounts and the ports of two nodes, parent and child, give away, and what not. */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"KERNEL", "JNR"})
final class ServedPathsIT {
  @Parameter MountedBy mountedBy;

  private Sandbox sandbox;
  private Path target;
  private Tree tree;

  @BeforeEach
  void makeTree() throws Exception {
    Machine.assumeFuse();
    sandbox = new Sandbox(mountedBy);
    target = sandbox.newDirectory("target");
    for (String directory : List.of("outside", "target/open", "target/secret", "target/deep/a/b")) {
      sandbox.newDirectory(directory);
    }
    for (String file :
        List.of(
            "outside/file",
            "target/open/file",
            "target/secret/file",
            "target/deep/a/b/file",
            "target/deep/a/other")) {
      sandbox.write(file, "content of " + file + "\n");
    }
    Files.createSymbolicLink(target.resolve("way-out"), sandbox.path("outside"));
    Files.createSymbolicLink(target.resolve("inside"), Path.of("open"));
    tree = Tree.of(sandbox, "tree", 2, target);
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private String at(String relative) {
    return target.resolve(relative).toString();
  }

  @Test
  void whatIsDeniedIsInNoMount() {
    tree.each(node -> node.words("-deny", at("secret"), "-deny", at("deep/a/other"))).start();
    try (Client client = new Client(sandbox)) {
      for (Node node : tree.nodes()) {
        assertEquals("ENOENT", client.cat(node.at("secret/file")));
        assertEquals("ENOENT", client.lstat(node.at("secret")));
        assertEquals("ENOENT", client.cat(node.at("deep/a/other")));
        assertEquals("content of target/open/file\n", client.cat(node.at("open/file")));
        assertFalse(client.list(node.mount()).contains("secret"));
        assertTrue(client.list(node.mount()).contains("open"));
        assertEquals("[\"b\"]", client.list(node.at("deep/a")));
      }
    }
  }

  @Test
  void whatTheParentDeniesItsChildDoesNotShow() {
    tree.root().words("-deny", at("secret"));
    tree.start();
    Node leaf = tree.node(1);
    try (Client client = new Client(sandbox)) {
      assertFalse(client.list(leaf.mount()).contains("secret"));
      assertEquals("ENOENT", client.cat(leaf.at("secret/file")));
      assertEquals("content of target/open/file\n", client.cat(leaf.at("open/file")));
    }
  }

  @Test
  void whatTheChildDeniesItDoesNotShowThoughItsParentDoes() {
    tree.node(1).words("-deny", at("secret"), "-deny", at("open/file"));
    tree.start();
    Node leaf = tree.node(1);
    try (Client client = new Client(sandbox)) {
      assertFalse(client.list(leaf.mount()).contains("secret"));
      assertEquals("ENOENT", client.cat(leaf.at("secret/file")));
      assertEquals("[]", client.list(leaf.at("open")));
      assertTrue(client.list(tree.root().mount()).contains("secret"));
      for (Peer peer : peers()) {
        boolean root = peer.node() == tree.root();
        assertEquals(root ? "ok" : "ENOENT", peer.readFile(at("open/file")));
        assertEquals(root ? "file" : "", peer.names(at("open")));
        assertEquals(root ? "file" : "", peer.bundle(at("open")));
        peer.close();
      }
    }
  }

  @Test
  void onlyWhatIsAllowedIsThere() {
    tree.each(node -> node.words("-allow", at("deep/a/b"))).start();
    try (Client client = new Client(sandbox)) {
      for (Node node : tree.nodes()) {
        assertEquals("[\"deep\"]", client.list(node.mount()));
        assertEquals("[\"a\"]", client.list(node.at("deep")));
        assertEquals("[\"b\"]", client.list(node.at("deep/a")));
        assertEquals("content of target/deep/a/b/file\n", client.cat(node.at("deep/a/b/file")));
        assertEquals("ENOENT", client.cat(node.at("deep/a/other")));
        assertEquals("ENOENT", client.cat(node.at("open/file")));
      }
    }
  }

  private List<Peer> peers() {
    return tree.nodes().stream().map(Peer::of).toList();
  }

  @Test
  void peersGetNothingFromOutsideTheTarget() {
    tree.start();
    for (Peer peer : peers()) {
      for (String path :
          List.of(
              sandbox.path("outside/file").toString(),
              at("../outside/file"),
              at("open/../../outside/file"),
              at("way-out/file"),
              at("way-out/../outside/file"),
              "/etc/passwd",
              "/",
              "/../etc/passwd")) {
        peer.assertMissing(path);
      }
      assertEquals("ok", peer.readFile(at("open/file")));
      assertEquals("ok", peer.readFile(at("./secret/..//open/file")));
      peer.assertMissing(at("inside/file"));
      peer.close();
    }
  }

  @Test
  void peersGetNothingThatIsDenied() {
    tree.each(node -> node.words("-deny", at("secret"))).start();
    for (Peer peer : peers()) {
      peer.assertMissing(at("secret"));
      peer.assertMissing(at("secret/file"));
      peer.assertMissing(at("open/../secret/file"));
      peer.assertMissing(target + "//secret//file");
      assertEquals("deep inside open way-out", peer.names(target.toString()));
      assertEquals("file", peer.names(at("open")));
      peer.close();
    }
  }

  @Test
  void aDeniedLinkIsDeniedWithWhatItLeadsTo() {
    tree.each(node -> node.words("-deny", at("inside"))).start();
    for (Peer peer : peers()) {
      assertEquals("deep secret way-out", peer.names(target.toString()));
      peer.assertMissing(at("open/file"));
      peer.close();
    }
  }

  /** Through two nodes that mirror what both mounts lie in, a walk would have no end. */
  @Test
  void noMountShowsAMount() {
    Path base = sandbox.newDirectory("base");
    sandbox.write("base/file", "a file\n");
    tree.each(node -> node.flag("-tpath", base.toString()));
    for (int i = 0; i < 2; i++) {
      tree.node(i).mountAt(sandbox.newDirectory("base/mount" + i));
    }
    tree.start();
    for (Node node : tree.nodes()) {
      String walk = sandbox.command("find", node.mount().toString()).run().expectSuccess().out();
      assertEquals(
          Stream.of(node.mount(), node.at("file")).map(Path::toString).toList(),
          walk.lines().sorted().toList());
    }
    for (Peer peer : peers()) {
      peer.assertMissing(base + "/mount0");
      peer.assertMissing(base + "/mount1/file");
      peer.assertMissing(base + "/mount1/mount0/file");
      peer.close();
    }
  }

  @Test
  void whatIsNotBelowTheTargetCannotBeAllowedOrDenied() {
    for (String flag : List.of("-allow", "-deny")) {
      Node node = Node.single(sandbox, "wrong" + flag, target);
      Command.Result result = node.words(flag, "/somewhere/else").command().run();
      assertEquals(1, result.exit());
      assertEquals(
          "cu_fuse: "
              + flag
              + " /somewhere/else is not below -tpath "
              + target
              + "; leave it out\n",
          result.err());
    }
  }
}
