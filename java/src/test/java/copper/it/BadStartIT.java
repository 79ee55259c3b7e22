package copper.it;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A start that cannot work ends soon, says why in one line a user understands, and leaves nothing.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadStartIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private Sandbox sandbox;
  private Path target;
  private int count;

  @BeforeAll
  void makeSandbox() {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    sandbox.write("target/file", "a file\n");
  }

  @AfterAll
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private Node newNode() {
    return Node.single(sandbox, "node-" + ++count, target);
  }

  /** What is wrong, what the line must name, and how to make a good start a bad one. */
  Stream<Arguments> mistakes() {
    return Stream.of(
        mistake("unknown flag", "-no_such_flag", n -> n.words("-no_such_flag", "1")),
        mistake("unknown long flag", "--no-such-flag", n -> n.words("--no-such-flag")),
        mistake("number with letters", "-trees", n -> n.flag("-trees", "1x")),
        mistake("number below its range", "-trees", n -> n.flag("-trees", "0")),
        mistake("negative number", "-md_enoent_ttl_ms", n -> n.flag("-md_enoent_ttl_ms", "-5")),
        mistake(
            "number too large",
            "-max_cacheable_byte_size",
            n -> n.flag("-max_cacheable_byte_size", "99999999999999999999")),
        mistake("empty number", "-trees", n -> n.flag("-trees", "")),
        mistake("log type of no kind", "-log_type", n -> n.flag("-log_type", "paper")),
        mistake("no view path", "-vpath", n -> n.flag("-vpath", null)),
        mistake("relative view path", "-vpath", n -> n.flag("-vpath", "some/where")),
        mistake("relative target", "-tpath", n -> n.flag("-tpath", "some/where")),
        mistake("missing target", "not-there", n -> n.flag("-tpath", target + "/not-there")),
        mistake("target that is a file", "file", n -> n.flag("-tpath", target + "/file")),
        mistake("two mount points", "mount point", n -> n.words(sandbox.directory() + "/other")),
        mistake(
            "trace in no directory",
            "-record_trace",
            n -> n.flag("-record_trace", target + "/none/trace.gz")),
        mistake(
            "trace that is a directory",
            "-record_trace",
            n -> n.flag("-record_trace", target.toString())),
        mistake("mount of no kind", "-fuse", n -> n.flag("-fuse", "libfuse")),
        mistake("mount option of no kind", "nonsense", n -> n.words("-o", "nonsense=7")),
        mistake("address of no kind", "copper+tcp", n -> n.flag("-net_type", "copper+tcp://")),
        mistake(
            "port of no kind", "99999", n -> n.flag("-net_type", "copper+tcp://127.0.0.1:99999")),
        mistake(
            "network whose library is missing",
            "Spack",
            n ->
                n.flag("-net_type", "cxi")
                    .with("COPPER_JAVA_OPTS", "-Dcopper.native_dir=" + sandbox.directory())),
        mistake(
            "missing book",
            "no-book",
            n -> n.flag("-facility_address_book", sandbox.path("no-book") + "")),
        mistake(
            "empty book",
            "empty-book",
            n -> n.flag("-facility_address_book", sandbox.write("empty-book", "") + "")),
        mistake(
            "book that is a directory",
            "target",
            n -> n.flag("-facility_address_book", target + "")),
        mistake(
            "book of nonsense",
            "odd-book",
            n ->
                n.flag(
                    "-facility_address_book",
                    sandbox.write("odd-book", "one two three\n\0\n") + "")),
        mistake(
            "book without this node",
            "address book",
            n ->
                n.flag(
                    "-facility_address_book",
                    sandbox.write("foreign-book", Tree.bookLine(sandbox.freePort())) + "")),
        mistake("more trees than nodes", "-trees", n -> n.flag("-trees", "2")),
        mistake("trees without a book", "-trees 2", n -> alone(n).flag("-trees", "2")),
        mistake(
            "no book that could be prefiltered",
            "-prefiltered_address_book 1 needs -facility_address_book",
            n -> alone(n).flag("-prefiltered_address_book", "1")),
        mistake(
            "node file without a book",
            "-nf needs -facility_address_book",
            n -> alone(n).flag("-nf", sandbox.write("nodes", "a-host\n") + "")),
        mistake("missing node file", "no-nodes", n -> nodes(n, sandbox.path("no-nodes"))),
        mistake("empty node file", "no-hosts", n -> nodes(n, sandbox.write("no-hosts", "\n"))),
        mistake("node file that is a directory", "target", n -> nodes(n, target)),
        mistake(
            "host that the book has not",
            "far-away",
            n -> nodes(n, sandbox.write("far-nodes", "far-away\n"))),
        mistake("flag taken for a group of others", "-foo", n -> n.words("-foo")),
        mistake(
            "missing secret",
            "no-secret",
            n -> n.flag("-secret_file", sandbox.path("no-secret") + "")),
        mistake(
            "empty secret",
            "empty-secret",
            n -> n.flag("-secret_file", sandbox.secret("empty-secret", "") + "")),
        mistake(
            "secret that others may read",
            "open-secret",
            n -> n.flag("-secret_file", openSecret() + "")),
        mistake("missing mount point", "no-mount", n -> n.mountAt(sandbox.path("no-mount"))),
        mistake(
            "mount point that is a file",
            "file-mount",
            n -> n.mountAt(sandbox.write("file-mount", ""))),
        mistake("mount point that is not empty", "-o nonempty", n -> n.mountAt(target)),
        mistake(
            "log directory that cannot be made",
            "log-file",
            n -> n.flag("-log_output_dir", sandbox.write("log-file", "") + "/logs")));
  }

  /** Makes it a node that has no address book. */
  private static Node alone(Node node) {
    return node.flag("-facility_address_book", null).flag("-prefiltered_address_book", null);
  }

  private static Node nodes(Node node, Path file) {
    return node.flag("-prefiltered_address_book", "0").flag("-nf", file.toString());
  }

  private static Arguments mistake(String name, String named, Consumer<Node> setUp) {
    return Arguments.of(name, named, setUp);
  }

  private Path openSecret() {
    try {
      Path file = sandbox.secret("open-secret", "known to all, and as long as a secret must be\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void isRefused(String name, String named, Consumer<Node> setUp) {
    Node node = newNode();
    setUp.accept(node);
    assertRefused(node, node.command(), named);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakesOfAllKinds")
  void isRefusedInTheForeground(String name, String named, Consumer<Node> setUp) {
    Node node = newNode().words("-f");
    setUp.accept(node);
    assertRefused(node, node.command(), named);
  }

  /** One that each stage of the start finds: flags, book, secret, mount. */
  Stream<Arguments> mistakesOfAllKinds() {
    List<String> names =
        List.of("number with letters", "missing book", "missing secret", "missing mount point");
    return mistakes().filter(mistake -> names.contains(mistake.get()[0]));
  }

  @Test
  void aFlagWithoutItsValue() {
    Command command = sandbox.command(Machine.cuFuse().toString(), "-vpath");
    assertRefused(newNode(), command, "-vpath");
  }

  @Test
  void noArgumentsAtAll() {
    assertRefused(newNode(), sandbox.command(Machine.cuFuse().toString()), "-vpath");
  }

  @Test
  void aTargetWhoseNameTheLocaleCannotSay() {
    // Bytes that are no text in any locale, which only a shell can put on a command line.
    Node node = newNode().flag("-tpath", target + "/not-here-$(printf '\\377')");
    String script = "exec " + String.join(" ", quoted(node));
    assertRefused(node, sandbox.command("/bin/sh", "-c", script).withoutEnvironment(), "-tpath");
  }

  private static List<String> quoted(Node node) {
    return node.commandLine().stream().map(word -> "\"" + word + "\"").toList();
  }

  @Test
  void aPortThatIsTaken() {
    Node first = newNode().start();
    Node second = newNode().flag("-net_type", first.flag("-net_type"));
    second.flag("-facility_address_book", first.flag("-facility_address_book"));
    assertRefused(second, second.command(), first.flag("-net_type").replaceAll(".*:", ""));
    first.stop();
  }

  @Test
  void aMountPointThatIsTaken() {
    Node first = newNode().start();
    Node second = newNode().mountAt(first.mount());
    Command.Result result = second.command().within(SOON).run();
    assertOneLine(result, first.mount().toString());
    // The first is untouched.
    assertTrue(Processes.isMounted(first.mount()));
    sandbox.command("cat", first.at("file").toString()).run().expectSuccess();
    first.stop();
  }

  @Test
  void aMountThatTheUserMayNotMake() throws IOException {
    Machine.assumeRoot();
    Node node = newNode();
    Path owned = sandbox.newDirectory("owned-by-root");
    node.mountAt(owned);
    Command command = node.command().asNobody();
    assertNotEquals(0, command.within(SOON).run().exit());
    assertFalse(Processes.isMounted(owned));
  }

  private static void assertRefused(Node node, Command command, String named) {
    Command.Result result = command.within(SOON).run();
    assertOneLine(result, named);
    assertFalse(Processes.isMounted(node.mount()), "it is mounted all the same");
    assertTrue(node.awaitEnd(SOON), "a process stays behind");
  }

  private static void assertOneLine(Command.Result result, String named) {
    String shown = "exit " + result.exit() + "\n" + result.out() + result.err();
    List<String> lines = result.err().lines().toList();
    assertAll(
        shown,
        () -> assertNotEquals(0, result.exit(), "exit code"),
        () -> assertEquals(1, lines.size(), "lines on the standard error"),
        () -> assertTrue(result.err().contains(named), "names " + named),
        () -> assertFalse(result.err().contains("Exception"), "a Java exception"),
        () -> assertFalse(result.err().contains("\tat "), "a stack trace"));
  }
}
