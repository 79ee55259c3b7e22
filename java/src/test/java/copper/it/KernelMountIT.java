package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What only the mount that speaks the kernel's protocol has, and which mount a node takes. */
final class KernelMountIT {
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

  private Node verbose(String mount) {
    return Node.single(sandbox, "node", target)
        .flag("-fuse", mount)
        .flag("-log_level", "5")
        .flag("-log_type", "file");
  }

  @Test
  void theKernelsProtocolIsTheDefault() {
    Node node = verbose(null).start();
    assertTrue(node.log().contains("mounting through /dev/fuse"), node::log);
    node.stop();
  }

  @Test
  void whatOnlyLibfuseKnowsIsMountedByIt() {
    Node node = verbose("auto").words("-o", "umask=022").start();
    assertTrue(node.log().contains("mounting through libfuse"), node::log);
    node.stop();
  }

  @Test
  void theKernelsMountRefusesWhatOnlyLibfuseKnows() {
    Command.Result result = verbose("kernel").words("-o", "umask=022").command().run();
    assertEquals(1, result.err().lines().count(), result::err);
    assertTrue(result.err().contains("umask=022"), result::err);
  }

  /** Runs in a mount namespace of its own, where /dev/fuse is a node that everybody may open. */
  @Test
  void anOrdinaryUserMounts() throws IOException {
    Machine.assumeRoot();
    Path user = sandbox.newDirectory("user");
    Path view = sandbox.newDirectory("user/view");
    sandbox.newDirectory("user/logs");
    sandbox.secret("user/secret", "0123456789abcdef".repeat(4) + "\n");
    sandbox.command("chown", "-R", "65534:65534", user + "").run().expectSuccess();
    String script =
        """
        set -e
        user() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
        user "$3" -tpath "$1" -vpath "$2/view" -net_type copper+tcp://127.0.0.1:0 \\
          -secret_file "$2/secret" -log_output_dir "$2/logs" -log_level 5 -log_type file \\
          -o entry_timeout=60,noatime "$2/view"
        grep " $2/view fuse.copper " /proc/self/mounts
        user cat "$2/view/file"
        user touch "$2/view/file" 2>/dev/null || echo refused
        cat "$2/view/file" 2>/dev/null || echo 'not for others'
        user fusermount3 -u "$2/view"
        tries=0
        while pgrep -f -- "-vpath $2/view" >/dev/null && [ "$tries" -lt 300 ]; do
          tries=$((tries + 1))
          sleep 0.1
        done
        cat "$2"/logs/logs/*output* >&2
        """;
    Command.Result result =
        sandbox
            .command("/bin/sh", "-c", script, "sh", target + "", user + "", Machine.cuFuse() + "")
            .whereFuseIsOpen("true")
            .with("COPPER_JAVA_OPTS", Node.WITHOUT_REHEARSAL)
            .run()
            .expectSuccess();
    assertTrue(result.err().contains("mounting through /dev/fuse"), result::err);
    List<String> lines = result.out().lines().toList();
    String mounted = lines.get(0);
    for (String word : List.of("copper:" + target, "nosuid", "nodev", "noatime", "user_id=65534")) {
      assertTrue(mounted.contains(word), mounted);
    }
    assertEquals(List.of("a file", "refused", "not for others"), lines.subList(1, lines.size()));
    try (Stream<Path> files = Files.list(view.getParent().resolve("logs/logs"))) {
      assertEquals(1, files.filter(file -> file.toString().endsWith("-counters.json")).count());
    }
  }

  @Test
  void whyAnOrdinaryUserCannotMountIsSaid() {
    Machine.assumeRoot();
    Node node = verbose("kernel").mountAt(sandbox.newDirectory("owned-by-root"));
    node.flag("-log_output_dir", null).flag("-secret_file", null);
    node.flag("-facility_address_book", null).flag("-prefiltered_address_book", null);
    node.flag("-net_type", "copper+tcp://127.0.0.1:0");
    Command.Result result = node.command().asNobody().run();
    assertEquals(1, result.err().lines().count(), result::err);
    assertTrue(result.err().contains("owned-by-root"), result::err);
  }

  /** The same for hard links, different across file systems, and not changed by a reset. */
  @Test
  void inodeNumbers() throws IOException {
    Machine.assumeRoot();
    Files.createLink(target.resolve("link"), target.resolve("file"));
    Path other = sandbox.newDirectory("target/other");
    sandbox.command("mount", "-t", "tmpfs", "none", other + "").run().expectSuccess();
    try {
      // Enough small numbers that some are also in use on the target's own file system.
      for (int i = 0; i < 50; i++) {
        Files.writeString(other.resolve("file-" + i), "");
      }
      Node node = Node.single(sandbox, "node", target).start();
      try (Client client = new Client(sandbox)) {
        String numbers = client.ask("inodes", node.mount().toString());
        assertEquals(client.ask("inode", target.resolve("file") + ""), inode(client, node, "file"));
        assertEquals(inode(client, node, "file"), inode(client, node, "link"));
        assertEquals("0", client.reset(node.at("file")));
        assertEquals(numbers, client.ask("inodes", node.mount().toString()));
        long all = numbers.chars().filter(c -> c == ',').count() + 1;
        assertEquals(52, all, "other, its 50 files, and one number for file and link");
      }
      node.stop();
    } finally {
      Sandbox.unmount(other);
    }
  }

  /**
   * The kernel remembers a missing name for longer than its time to live, and forgets it when it
   * appears: it is seen while the kernel still answers for another one that was asked for before.
   */
  @Test
  void aMissingNameIsRenewedUntilItAppears() throws IOException {
    Tree tree = Tree.of(sandbox, "tree", 2, target);
    tree.each(node -> node.flag("-md_enoent_ttl_ms", "3000")).start();
    Node leaf = tree.node(1);
    try (Client client = new Client(sandbox)) {
      assertEquals("a file\n", client.cat(leaf.at("file")));
      client.list(leaf.mount());
      assertEquals("ENOENT", client.lstat(leaf.at("never")));
      assertEquals("ENOENT", client.lstat(leaf.at("late")));
      sandbox.write("target/late", "late\n");
      assertTrue(
          Wait.until(Command.DEADLINE, () -> client.cat(leaf.at("late")).equals("late\n")),
          "a name that was missing has appeared and is not seen");
      long before = leaf.stats().get("fuse_getattr");
      assertEquals("ENOENT", client.lstat(leaf.at("never")));
      assertEquals(
          before,
          leaf.stats().get("fuse_getattr"),
          "the kernel was told of it for ten times as long");
    }
  }

  private static String inode(Client client, Node node, String name) {
    return client.ask("inode", node.at(name).toString());
  }
}
