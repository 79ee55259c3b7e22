package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No mount hangs and none is left behind, however its node or who started it ends. */
final class GuardianIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private Sandbox sandbox;
  private Path target;

  @BeforeEach
  void makeSandbox() {
    Machine.assumeFuse();
    makeSandbox(MountedBy.KERNEL);
  }

  private void makeSandbox(MountedBy mountedBy) {
    end();
    sandbox = new Sandbox(mountedBy);
    target = sandbox.newDirectory("target");
    sandbox.write("target/file", "a file\n");
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private String cat(Path file) {
    return sandbox.command("cat", file.toString()).run().out();
  }

  private static void assertLogged(Node node, long pid, String what) {
    String line = "process " + pid + ", the node at " + node.mount() + ", has died";
    List<String> lines = node.log().lines().filter(each -> each.contains(line)).toList();
    assertEquals(1, lines.size(), node::log);
    assertTrue(lines.get(0).endsWith(what), lines::toString);
  }

  @ParameterizedTest
  @EnumSource(
      value = MountedBy.class,
      names = {"KERNEL", "JNR"})
  void theMountOfAKilledNodeGoes(MountedBy mountedBy) {
    makeSandbox(mountedBy);
    Node node = Node.single(sandbox, "node", target).start();
    assertEquals("a file\n", cat(node.at("file")));
    long pid = node.pid();
    node.kill();
    assertFalse(Processes.isMounted(node.mount()));
    assertLogged(node, pid, "its mount was taken away");
    node.flag("-log_level", "2").start();
    assertEquals("a file\n", cat(node.at("file")));
    long second = node.pid();
    node.kill();
    assertFalse(Processes.isMounted(node.mount()));
    assertLogged(node, second, "its mount was taken away");
  }

  /**
   * A reset has the kernel forget an entry, and waits for the directory, which a program holds that
   * looks up a name; the answer would come from a node that stands still.
   */
  @Test
  void aNodeThatIsKilledWhileItWaitsInTheKernelLeavesNobodyHanging() throws IOException {
    sandbox.write("target/dir/file", "a file\n");
    Tree tree = Tree.of(sandbox, "tree", 2, target);
    tree.each(node -> node.flag("-failover_ms", "600000")).start();
    Node leaf = tree.node(1);
    try (Client looking = new Client(sandbox);
        Client resetting = new Client(sandbox)) {
      assertEquals("a file\n", looking.cat(leaf.at("dir/file")));
      assertEquals("a file\n", looking.cat(leaf.at("file")));
      tree.root().signal("STOP");
      CompletableFuture<JsonNode> lookup = looking.send("lstat", leaf.at("dir/unknown").toString());
      assertTrue(Wait.until(PATIENCE, () -> isAsked(leaf, "dir/unknown")), "nobody looks it up");
      CompletableFuture<JsonNode> reset =
          resetting.send("ioctl", leaf.at("file").toString(), 1900, "rw");
      long pid = leaf.pid();
      assertTrue(Wait.until(PATIENCE, () -> waitsInTheKernel(pid)), "the reset does not wait");
      leaf.kill();
      looking.await(lookup);
      resetting.await(reset);
      assertTrue(Wait.until(PATIENCE, () -> !Processes.isMounted(leaf.mount())), "the mount stays");
      assertLogged(leaf, pid, "its mount was taken away");
    } finally {
      tree.root().signal("CONT");
    }
  }

  private boolean isAsked(Node node, String path) {
    return sandbox.copper("doctor", "--node", node.mount().toString()).run().out().contains(path);
  }

  /** Tells whether the thread that tells the kernel what to forget cannot even be killed now. */
  private static boolean waitsInTheKernel(long pid) {
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads) {
        if (Files.readString(thread.resolve("stat"))
            .matches("(?s)\\d+ \\(copper-forget.*\\) D .*")) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return false; // a thread has ended meanwhile
    }
  }

  @Test
  void itNeedsNoRoot() {
    Machine.assumeRoot();
    Node node = Node.single(sandbox, "node", target).flag("-log_level", "2");
    sandbox.command("chown", "-R", "65534", sandbox.path("node") + "").run().expectSuccess();
    String script =
        """
        "$@" && cat "$0/file" || exit
        log=$(echo %s/logs/*-output.log)
        pid=${log%%-output.log}
        kill -KILL "${pid##*-}"
        while grep -q " $0 " /proc/self/mountinfo; do sleep 0.1; done
        """
            .formatted(node.logs());
    // In a mount namespace of its own, which the script alone can look into.
    Command.Result result =
        node.command()
            .by("/bin/sh", "-c", script, node.mount().toString())
            .asNobody()
            .whereFuseIsOpen("true")
            .run();
    assertEquals("a file\n", result.expectSuccess().out());
    assertTrue(Wait.until(PATIENCE, () -> node.guardian().isEmpty()), "the guardian stays");
    assertTrue(node.log().contains("its mount was taken away\n"), node::log);
  }

  @Test
  void theMountOfANewNodeIsLeftAlone() {
    Node node = Node.single(sandbox, "node", target).start();
    long pid = node.pid();
    long guardian = node.guardian().orElseThrow();
    sandbox.command("kill", "-STOP", guardian + "").run().expectSuccess();
    node.signal("KILL");
    assertTrue(Wait.until(PATIENCE, () -> !Processes.isAlive(pid)), "it survives SIGKILL");
    Sandbox.unmount(node.mount());
    node.start();
    sandbox.command("kill", "-CONT", guardian + "").run().expectSuccess();
    assertTrue(Wait.until(PATIENCE, () -> !Processes.isAlive(guardian)), "the guardian stays");
    assertEquals("a file\n", cat(node.at("file")));
    assertTrue(node.log().contains("process " + pid + ", the node at "), node::log);
    assertFalse(node.log().contains("taken away"), node::log);
    node.stop();
  }

  /** A start waits for the guardian of the node before, which may be just about to unmount. */
  @Test
  void aStartAndAGuardianAreNotInEachOthersWay() {
    Node node = Node.single(sandbox, "node", target).start();
    for (int round = 0; round < 2; round++) {
      long pid = node.pid();
      node.signal("KILL");
      assertTrue(Wait.until(PATIENCE, () -> !Processes.isAlive(pid)), "it survives SIGKILL");
      node.start();
      assertTrue(Wait.until(PATIENCE, () -> guardians(node) == 1), "the first guardian stays");
      assertEquals("a file\n", cat(node.at("file")));
    }
    node.stop();
  }

  private static int guardians(Node node) {
    return Processes.naming("/guardian.sh\0" + node.mount() + "\0").size();
  }

  @Test
  void aCleanEndLeavesNoGuardian() {
    Node node = Node.single(sandbox, "node", target).start();
    long guardian = node.guardian().orElseThrow();
    node.stop();
    assertFalse(Processes.isAlive(guardian));
    assertFalse(node.log().contains("has died"), node::log);
  }

  /** Another process that had it would keep the guardian from hearing of the node's end. */
  @Test
  void nobodyElseHoldsTheGuardiansPipe() throws IOException {
    Node node = Node.single(sandbox, "node", target).start();
    long guardian = node.guardian().orElseThrow();
    String pipe = Files.readSymbolicLink(Path.of("/proc/" + guardian + "/fd/0")).toString();
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      if (!isOf(guardian, process) && process.pid() != node.pid()) {
        assertFalse(holds(process.pid(), pipe), () -> Processes.commandLine(process.pid()));
      }
    }
    node.stop();
  }

  /** Tells whether {@code process} is the guardian or one that it has started to wait. */
  private static boolean isOf(long guardian, ProcessHandle process) {
    return process.pid() == guardian
        || process.parent().filter(parent -> isOf(guardian, parent)).isPresent();
  }

  private static boolean holds(long pid, String pipe) {
    try (DirectoryStream<Path> descriptors =
        Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : descriptors) {
        if (Files.readSymbolicLink(descriptor).toString().equals(pipe)) {
          return true;
        }
      }
    } catch (IOException e) {
      return false; // it has ended
    }
    return false;
  }

  @Test
  void aNodeWithoutMemoryEndsWithAReport() throws IOException {
    String many = "for i in range(60000): open('a-name-that-takes-memory-%06d' % i, 'w').close()";
    Path big = sandbox.newDirectory("target/big");
    sandbox.command(Machine.python(), "-c", many).in(big).run().expectSuccess();
    Node node = Node.single(sandbox, "node", target);
    String heap = " -Xms12m -Xmx12m -XX:NewSize=4m -XX:MaxNewSize=4m";
    node.options(Node.WITHOUT_REHEARSAL + heap).start();
    long pid = node.pid();
    Command.Result list = sandbox.command("ls", "-l", node.at("big").toString()).run();
    assertTrue(list.exit() != 0, "the listing has found room");
    assertTrue(node.awaitEnd(PATIENCE), "the node or its mount stays");
    assertTrue(Wait.until(PATIENCE, () -> node.guardian().isEmpty()), "the guardian stays");
    assertLogged(node, pid, "its mount was taken away");
    Path report = node.logs().resolve("logs/hs_err_" + pid + ".log");
    assertTrue(Files.readString(report).contains("OutOfMemory"), "no report");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"$@\"; exec sleep 1000", "\"$@\" & exec sleep 1000"})
  void itEndsWithTheProcessThatStartedIt(String script) {
    Node node = Node.single(sandbox, "node", target).words("-end_with_parent");
    if (script.contains("&")) {
      node.words("-f");
    }
    Process parent =
        node.command()
            .by("/bin/sh", "-c", script, "sh")
            .start(sandbox.newFile("out"), sandbox.newFile("err"));
    assertTrue(
        Wait.until(
            PATIENCE,
            () ->
                Processes.isMounted(node.mount())
                    && Processes.commandLine(parent.pid()).startsWith("sleep")),
        "not mounted");
    assertEquals("a file\n", cat(node.at("file")));
    parent.destroyForcibly();
    node.assertEnds();
    assertEquals(1, node.counters().get("storage_read"));
  }
}
