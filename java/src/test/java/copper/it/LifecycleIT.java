package copper.it;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A node's life: coming up, going to the background, and the ways it ends. */
@ParameterizedClass(name = "{0}")
@EnumSource(MountedBy.class)
final class LifecycleIT {
  @Parameter MountedBy mountedBy;

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final List<String> COUNTERS =
      List.of(
          "storage_lstat",
          "storage_list",
          "storage_read",
          "storage_readlink",
          "storage_statfs",
          "rpc_served",
          "rpc_bytes_out",
          "rpc_sent",
          "rpc_bytes_in",
          "fuse_getattr",
          "fuse_read",
          "fuse_readdir",
          "fuse_readlink",
          "cache_hits",
          "cache_misses");

  private Sandbox sandbox;
  private Path target;

  @BeforeEach
  void makeSandbox() {
    Machine.assumeFuse();
    sandbox = new Sandbox(mountedBy);
    target = sandbox.newDirectory("target");
    sandbox.write("target/directory/file", "a file\n");
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private void assertServes(Node node) {
    Command.Result result = sandbox.command("cat", node.at("directory/file") + "").run();
    assertEquals("a file\n", result.expectSuccess().out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aSignalEndsItCleanly(String signal) {
    Node node = Node.single(sandbox, "node", target).start();
    assertServes(node);
    node.signal(signal);
    node.assertEnds();
    assertCounted(node.counters());
  }

  @Test
  void unmountingEndsItCleanly() {
    Node node = Node.single(sandbox, "node", target).start();
    assertServes(node);
    sandbox.command(Machine.program("fusermount3"), "-u", node.mount() + "").run().expectSuccess();
    node.assertEnds();
    assertCounted(node.counters());
  }

  private static void assertCounted(Map<String, Long> counters) {
    assertAll(
        counters.toString(),
        () -> assertTrue(counters.keySet().containsAll(COUNTERS)),
        () -> assertEquals(1, counters.get("storage_read")),
        () -> assertTrue(counters.get("fuse_getattr") > 0),
        () -> assertTrue(counters.get("fuse_read") > 0),
        () -> assertEquals(0, counters.get("rpc_sent")));
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130"})
  void inTheForegroundItStays(String signal, int code) throws InterruptedException {
    Node node = Node.single(sandbox, "node", target).words("-f");
    Path err = sandbox.newFile("err");
    Process process = node.command().start(sandbox.newFile("out"), err);
    assertTrue(Wait.until(PATIENCE, () -> Processes.isMounted(node.mount())), "not mounted");
    assertServes(node);
    assertTrue(process.isAlive());
    // To the process a batch system knows: the one that was started.
    sandbox.command("/bin/kill", "-" + signal, process.pid() + "").run().expectSuccess();
    assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), "it does not end");
    // Zero, or what shells say of a process that a signal ended.
    assertTrue(List.of(0, code).contains(process.exitValue()), () -> "exit " + process.exitValue());
    assertEquals("", sandbox.command("cat", err + "").run().out());
    node.assertEnds();
    assertCounted(node.counters());
  }

  /** As job scripts do it: text=$(cu_fuse …) must not wait for the background process. */
  @Test
  void theStartDoesNotHoldTheShellsPipe() {
    Node node = Node.single(sandbox, "node", target);
    List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", "text=$(\"$0\" \"$@\" 2>&1)"));
    words.addAll(node.commandLine());
    sandbox.command(words.toArray(String[]::new)).run().expectSuccess();
    assertServes(node);
    node.stop();
  }

  /** A session's end must not take the mount with it. */
  @Test
  void itOutlivesTheShellThatStartedIt() {
    Node node = Node.single(sandbox, "node", target).start();
    long pid = node.pid();
    String session = sandbox.command("ps", "-o", "sid=", "-p", pid + "").run().out().strip();
    String own = ProcessHandle.current().pid() + "";
    String ours = sandbox.command("ps", "-o", "sid=", "-p", own).run().out().strip();
    assertNotEquals(ours, session, "the session of the node");
    node.stop();
  }

  @Test
  void aCrashLeavesAMountThatTheNextStartReplaces() {
    Node node = Node.single(sandbox, "node", target).words("-no_guardian").start();
    assertServes(node);
    assertTrue(node.guardian().isEmpty(), "a guardian that is not wanted");
    node.kill();
    // A question asked while the kernel still tidies up gets ECONNABORTED.
    assertTrue(
        Wait.until(PATIENCE, () -> isDead(node)), "the mount of a killed node is not ENOTCONN");
    node.start();
    assertServes(node);
    assertEquals(1, Processes.mountsBelow(node.mount()).size(), "mounts on one another");
    node.stop();
  }

  private boolean isDead(Node node) {
    Command.Result stat = sandbox.command("stat", node.mount() + "").with("LC_ALL", "C").run();
    return stat.err().contains("Transport endpoint is not connected");
  }

  /** Programs that read meanwhile get errors, not wrong bytes, and can go on after a restart. */
  @Test
  void aCrashUnderLoad() {
    for (int i = 0; i < 50; i++) {
      sandbox.write("target/many/file-" + i, ("content " + i + "\n").repeat(500 + i));
    }
    // With one, what is listed after the mount has gone is an empty directory, and no error.
    Node node = Node.single(sandbox, "node", target).words("-no_guardian").start();
    List<Client> readers = Stream.generate(() -> new Client(sandbox)).limit(8).toList();
    String expected = readers.get(0).ask("digest", target.toString(), List.of());
    for (int round = 0; round < 3; round++) {
      List<CompletableFuture<JsonNode>> answers =
          readers.stream()
              .map(reader -> reader.send("digest", node.mount().toString(), List.of()))
              .toList();
      node.kill();
      for (int i = 0; i < readers.size(); i++) {
        JsonNode answer = readers.get(i).await(answers.get(i));
        assertTrue(
            answer.has("errno") || answer.path("value").asText().equals(expected),
            answer::toString);
      }
      node.start();
      assertEquals(expected, readers.get(0).ask("digest", node.mount().toString(), List.of()));
    }
    readers.forEach(Client::close);
    node.stop();
  }

  @Test
  void theSameViewPathCanBeUsedAgain() {
    Node node = Node.single(sandbox, "node", target).start();
    node.stop();
    node.start();
    assertServes(node);
    node.stop();
  }

  /** With a program in it, unmounting is refused and the mount goes on. */
  @Test
  void aBusyMountIsNotUnmounted() {
    Node node = Node.single(sandbox, "node", target).start();
    try (Client client = new Client(sandbox)) {
      assertEquals("ok", client.ask("chdir", node.at("directory").toString()));
      Command.Result result =
          sandbox.command(Machine.program("fusermount3"), "-u", node.mount() + "").run();
      assertNotEquals(0, result.exit());
      assertEquals("a file\n", client.ask("cat", "file"));
    }
    assertServes(node);
    node.stop();
  }

  /** The end of a job does not wait for programs that hold the mount. */
  @Test
  void sigtermEndsABusyMount() {
    Node node = Node.single(sandbox, "node", target).start();
    try (Client client = new Client(sandbox)) {
      assertEquals("ok", client.ask("chdir", node.at("directory").toString()));
      assertEquals("ok", client.ask("open", "held", "file", "r"));
      node.stop();
      assertFalse(client.ask("list", ".").isEmpty(), "the client still answers");
    }
  }

  /** The mount lies in the directory it mirrors: seen through itself it does not exist. */
  @Test
  void theViewPathDoesNotContainItself() {
    Node node = Node.single(sandbox, "node", sandbox.directory());
    node.start();
    String inside = sandbox.directory().relativize(node.mount()).toString();
    Command.Result stat = sandbox.command("stat", node.at(inside) + "").with("LC_ALL", "C").run();
    assertTrue(stat.err().contains("No such file or directory"), stat::err);
    Command.Result below =
        sandbox.command("stat", node.at(inside + "/target") + "").with("LC_ALL", "C").run();
    assertTrue(below.err().contains("No such file or directory"), below::err);
    String parent = node.at(inside).getParent().toString();
    String names = sandbox.command("ls", "-A", parent).run().expectSuccess().out();
    assertTrue(names.contains("logs"), names);
    Command.Result found =
        sandbox.command("find", ".", "-path", "*/mnt/*").in(node.at("node")).run();
    assertEquals("", found.out());
    assertEquals(
        "a file\n", sandbox.command("cat", node.at("target/directory/file") + "").run().out());
    node.stop();
  }

  /** A view path with a blank and letters beyond ASCII, whatever the locale. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anOddViewPath(boolean cleanEnvironment) {
    Assumptions.assumeTrue(
        "UTF-8".equals(System.getProperty("sun.jnu.encoding")),
        "the tests' own locale has no name for such a file");
    Node node = Node.single(sandbox, "node", target);
    node.mountAt(sandbox.newDirectory("odd \u00e9 view/a  b"));
    if (cleanEnvironment) {
      node.withoutEnvironment();
    }
    node.start();
    assertServes(node);
    node.stop();
  }
}
