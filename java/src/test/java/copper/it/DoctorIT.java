package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code copper doctor} on this machine, as it is and with something taken away. */
final class DoctorIT {
  private Sandbox sandbox;

  @BeforeEach
  void makeSandbox() {
    Machine.assumeFuse();
    sandbox = new Sandbox();
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private Command doctor(String... words) {
    return sandbox.copper("doctor").more(words);
  }

  private static String shown(Command.Result result) {
    return "exit " + result.exit() + "\n" + result.out() + result.err();
  }

  @Test
  void aMachineOnWhichNodesRun() throws IOException {
    Path view = sandbox.newDirectory("view");
    String port = Integer.toString(sandbox.freePort());
    Command.Result result =
        doctor(
                "--net",
                "copper+tcp://127.0.0.1:" + port,
                "--view",
                view.toString(),
                "--logs",
                sandbox.path("logs/run").toString())
            .run();
    assertEquals(0, result.exit(), shown(result));
    assertTrue(result.out().contains("  ok       /dev/fuse can be opened\n"), shown(result));
    assertTrue(result.out().contains("Java 1") || result.out().contains("Java 2"), shown(result));
    assertFalse(result.out().contains("PROBLEM"), shown(result));
    assertFalse(Files.exists(sandbox.path("logs")), "it has made something");
    // And the advice is right: a node starts like that.
    Node.single(sandbox, "node", sandbox.newDirectory("target")).start().stop();
  }

  private List<JsonNode> problems(Command.Result result) throws IOException {
    assertEquals(1, result.exit(), shown(result));
    assertEquals("", result.err());
    JsonNode report = new ObjectMapper().readTree(result.out());
    List<JsonNode> problems = new ArrayList<>();
    for (JsonNode finding : report.get("findings")) {
      if (finding.get("state").asText().equals("problem")) {
        problems.add(finding);
      }
    }
    assertEquals(report.get("problems").asInt(), problems.size(), shown(result));
    return problems;
  }

  @Test
  void aMachineWithoutTheDevice() throws IOException {
    Machine.assumeRoot();
    Command.Result result = doctor("--json").where("mount -t tmpfs none /dev").run();
    List<JsonNode> problems = problems(result);
    assertEquals(1, problems.size(), shown(result));
    assertEquals("FUSE", problems.get(0).get("matter").asText());
    assertEquals("there is no /dev/fuse", problems.get(0).get("what").asText());
    assertTrue(problems.get(0).get("advice").asText().contains("modprobe fuse"), shown(result));
  }

  @Test
  void aFusermountThatMayNotMount() throws IOException {
    Machine.assumeRoot();
    // As Conda and Spack install it: without the set-user-id bit.
    Path bin = sandbox.newDirectory("own-bin");
    Path program = sandbox.write("own-bin/fusermount3", "#!/bin/sh\n");
    assertTrue(program.toFile().setExecutable(true, false));
    String path = bin + ":" + System.getenv("PATH");
    Command command = doctor("--json").asNobody().whereFuseIsOpen("true");
    Command.Result result = command.with("PATH", path).with("COPPER_RUN_DIR", "").run();
    List<JsonNode> problems = problems(result);
    assertEquals(1, problems.size(), shown(result));
    String what = problems.get(0).get("what").asText();
    assertTrue(what.startsWith(program + " is not set-user-id root"), what);
  }

  @Test
  void aNetworkOfMargo() {
    Path library = Machine.cuFuse().resolveSibling("../lib/libcopper_margo.so").normalize();
    Command.Result result = doctor("--net", "na+sm").run();
    if (Files.exists(library)) {
      assertEquals(0, result.exit(), shown(result));
      assertTrue(result.out().contains("  ok       a node on na+sm starts, at na+sm://"));
    } else {
      assertEquals(1, result.exit(), shown(result));
      assertTrue(result.out().contains("  PROBLEM  the Margo transport needs"), shown(result));
      assertTrue(result.out().contains("spack install copper-java+margo"), shown(result));
    }
  }

  @Test
  void aDeadMountIsNamed() {
    Node node = Node.single(sandbox, "node", sandbox.newDirectory("target"));
    node.words("-no_guardian").start().kill();
    Command.Result result = doctor("--view", node.mount().toString()).run();
    assertEquals(0, result.exit(), shown(result));
    String line = "the Copper mount at " + node.mount() + " is dead: its process is gone\n";
    assertTrue(result.out().contains(line), shown(result));
    assertTrue(result.out().contains("fusermount3 -uz " + node.mount()), shown(result));
    assertTrue(result.out().contains("cu_fuse takes it away when it starts"), shown(result));
    Sandbox.unmount(node.mount());
  }

  /** What a user looks at when a program seems to hang. */
  @ParameterizedTest
  @EnumSource(
      value = MountedBy.class,
      names = {"KERNEL", "JNR"})
  void aNodeSaysWhatItWaitsFor(MountedBy mountedBy) {
    Machine.assumeFuse();
    sandbox.close();
    sandbox = new Sandbox(mountedBy);
    Path target = sandbox.newDirectory("target");
    sandbox.write("target/known/file", "a file\n");
    sandbox.write("target/waited for/file", "a file\n");
    Tree tree = Tree.of(sandbox, "tree", 2, target);
    tree.each(node -> node.flag("-failover_ms", "600000")).start();
    Node child = tree.node(1);
    String parent = tree.root().flag("-net_type");
    try (Client client = new Client(sandbox)) {
      assertEquals("a file\n", client.cat(child.at("known/file")));
      tree.root().signal("STOP");
      try {
        CompletableFuture<JsonNode> waits = client.send("cat", child.at("waited for/file") + "");
        String seen = awaitState(child, "  \\w+ /waited for(/file)?, for [0-9.]+ s");
        assertFalse(waits.isDone());
        assertTrue(seen.startsWith("node " + child.flag("-net_type") + ", process "), seen);
        assertTrue(seen.contains("parent " + parent), seen);
        assertTrue(seen.contains("links: 1\n  " + parent), seen);
        assertTrue(seen.matches("(?s).*\ndescriptors: \\d+ of at most \\d+\nthreads: .*\n"), seen);
        // One that is killed leaves nobody waiting.
        child.kill();
        assertTrue(client.await(waits).has("errno"), "the reader gets an error");
      } finally {
        tree.root().signal("CONT");
      }
    }
    String only = sandbox.copper("doctor", "--node").run().expectSuccess().out();
    assertTrue(only.contains("requests of the kernel without an answer: 0\n"), only);
    Node root = tree.root();
    root.signal("USR1");
    assertTrue(
        Wait.until(Command.DEADLINE, () -> root.log().contains("without an answer: 0\n")),
        root::log);
    root.stop();
  }

  private String awaitState(Node node, String line) {
    AtomicReference<String> text = new AtomicReference<>("");
    String[] words = {"doctor", "--node", node.mount().toString()};
    assertTrue(
        Wait.until(
            Command.DEADLINE,
            () -> {
              text.set(sandbox.copper(words).run().expectSuccess().out());
              return text.get().lines().anyMatch(each -> each.matches(line));
            }),
        text::get);
    return text.get();
  }

  @Test
  void aWrongCommandLine() {
    assertEquals(2, doctor("--node", "--json").run().exit());
    assertEquals(2, doctor("--nett", "x").run().exit());
    assertEquals(2, doctor("more").run().exit());
    Command.Result help = doctor("--help").run().expectSuccess();
    assertTrue(help.out().contains("--view DIR"), help.out());
  }
}
