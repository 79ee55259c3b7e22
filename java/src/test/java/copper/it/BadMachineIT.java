package copper.it;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A machine that lacks what a mount needs, or a user who may not: said in one line, and nothing is
 * left. The machine is changed for the command alone, in a mount namespace of its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadMachineIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private Sandbox sandbox;
  private Path target;
  private int count;

  @BeforeAll
  void makeSandbox() {
    Machine.assumeFuse();
    Machine.assumeRoot();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    sandbox.write("target/file", "a file\n");
    boolean unshares = sandbox.command(Machine.program("unshare"), "-m", "true").run().exit() == 0;
    Assumptions.assumeTrue(unshares, "this machine lets nobody have a mount namespace");
  }

  @AfterAll
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  /** Returns a node whose mount point a user without any rights may mount at. */
  private Node newNode(String mount) {
    Node node = Node.single(sandbox, "node-" + ++count, target);
    String owner = "chown -R 65534 '" + sandbox.path("node-" + count) + "'";
    sandbox.command("/bin/sh", "-c", owner).run().expectSuccess();
    return node.flag("-fuse", mount);
  }

  /** Runs the node as a user without any rights, where {@code change} was made to the machine. */
  private Command.Result runs(Node node, String change) {
    Command command = node.command().asNobody().whereFuseIsOpen(change);
    return command.within(SOON).run();
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "kernel", "jnr"})
  void withoutFusermount(String mount) {
    Node node = newNode(mount);
    String hide =
        "for program in $(command -v fusermount3 fusermount); do mount --bind '%s' $program; done"
            .formatted(sandbox.write("nothing", ""));
    assertRefused(node, runs(node, hide), "install fuse3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "kernel", "jnr"})
  void withoutAccessToTheDevice(String mount) {
    Node node = newNode(mount);
    String hide = "mount --bind '%s' /dev/fuse".formatted(sandbox.secret("device", ""));
    assertRefused(node, runs(node, hide), "this user may not open /dev/fuse");
  }

  @Test
  void withoutTheDevice() {
    Node node = newNode("auto");
    assertRefused(node, runs(node, "mount -t tmpfs none /dev"), "there is no /dev/fuse");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-facility_address_book", "-nf", "-secret_file"})
  void aFileThatTheUserMayNotRead(String flag) {
    Node node = newNode("auto").flag("-prefiltered_address_book", "0");
    node.flag(flag, sandbox.secret("closed" + flag, "one 127.0.0.1\n").toString());
    assertRefused(node, runs(node, "true"), "closed" + flag);
  }

  @Test
  void aMountPointOfSomebodyElse() {
    Node node = newNode("auto");
    node.mountAt(sandbox.newDirectory("owned-by-root"));
    assertRefused(node, runs(node, "true"), "owned-by-root");
  }

  private static void assertRefused(Node node, Command.Result result, String named) {
    assertAll(
        result.out() + result.err(),
        () -> assertNotEquals(0, result.exit(), "exit code"),
        () -> assertEquals(1, result.err().lines().count(), "lines on the standard error"),
        () -> assertTrue(result.err().contains(named), "names " + named),
        () -> assertFalse(result.err().contains("Exception"), "a Java exception"));
    assertFalse(Processes.isMounted(node.mount()), "it is mounted all the same");
    assertTrue(node.awaitEnd(SOON), "a process stays behind");
  }
}
