package copper.it;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import copper.codec.TreeReport;
import copper.control.Commands;
import copper.control.ControlClient;
import copper.control.ControlRequest;
import copper.control.ControlSocket;
import copper.control.TreeCast;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * One {@code cu_fuse}: how it is started, and the process and mount it becomes.
 *
 * <p>Set it up with the methods that return it, then start it once or more often. Owned by its
 * sandbox. One thread at a time.
 */
final class Node {
  static final String WITHOUT_REHEARSAL = "-Dcopper.rehearsal=off";

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Sandbox sandbox;
  private final String name;
  private final Map<String, String> flags = new LinkedHashMap<>();
  private final List<String> extra = new ArrayList<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private boolean cleanEnvironment;
  private Path mount;

  /**
   * Makes a node with the defaults of these tests.
   *
   * @param name of its files in the sandbox
   * @param port its own port; the book must hold it
   */
  Node(Sandbox sandbox, String name, Path target, int port, Path book, Path secret) {
    this.sandbox = sandbox;
    this.name = name;
    mount = sandbox.newDirectory(name + "/mnt");
    flags.put("-tpath", target.toString());
    flags.put("-vpath", mount.toString());
    flags.put("-net_type", "copper+tcp://127.0.0.1:" + port);
    flags.put("-prefiltered_address_book", "1");
    flags.put("-facility_address_book", book.toString());
    flags.put("-log_output_dir", sandbox.newDirectory(name + "/logs").toString());
    flags.put("-trees", "1");
    flags.put("-fuse", sandbox.mountedBy().flag());
    flags.put("-secret_file", secret.toString());
    environment.put("COPPER_RUN_DIR", sandbox.path("run").toString());
    // Dozens of nodes in a minute would be busy with nothing else.
    options(WITHOUT_REHEARSAL);
    sandbox.own(this);
  }

  /** Makes a node that is alone in its tree. */
  static Node single(Sandbox sandbox, String name, Path target) {
    int port = sandbox.freePort();
    Path book = sandbox.write(name + "/book", Tree.bookLine(port));
    return new Node(
        sandbox,
        name,
        target,
        port,
        book,
        sandbox.secret(name + "/secret", "0123456789abcdef".repeat(4) + "\n"));
  }

  /** Gives a flag another value; null leaves it out. */
  Node flag(String flag, String value) {
    flags.remove(flag);
    if (value != null) {
      flags.put(flag, value);
    }
    return this;
  }

  /** Returns the value of a flag, null if it is left out. */
  String flag(String flag) {
    return flags.get(flag);
  }

  /** Adds words before the mount point. */
  Node words(String... words) {
    extra.addAll(List.of(words));
    return this;
  }

  /** Mounts elsewhere than the default, and shows the same view path there. */
  Node mountAt(Path point) {
    mount = point;
    return flag("-vpath", point.toString());
  }

  /** Gives the JVM these options instead of those of these tests. */
  final Node options(String options) {
    return with("COPPER_JAVA_OPTS", (options + " " + sandbox.mountedBy().property()).strip());
  }

  final Node with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Starts it as {@code env -i} does, without LANG, PATH and all the others. */
  Node withoutEnvironment() {
    cleanEnvironment = true;
    return this;
  }

  Path mount() {
    return mount;
  }

  /** Returns a path seen through the mount. */
  Path at(String relative) {
    return mount.resolve(relative);
  }

  /** Returns the words of the command that starts it. */
  List<String> commandLine() {
    List<String> words = new ArrayList<>(List.of(Machine.cuFuse().toString()));
    flags.forEach((flag, value) -> words.addAll(List.of(flag, value)));
    words.addAll(extra);
    words.add(mount.toString());
    return words;
  }

  /** Returns the command that starts it. */
  Command command() {
    Command command = sandbox.command(commandLine().toArray(String[]::new));
    return (cleanEnvironment ? command.withoutEnvironment() : command).with(environment);
  }

  /**
   * Starts it in the background.
   *
   * @throws AssertionError if it fails to start
   */
  Node start() {
    Command.Result result = command().run();
    if (result.exit() != 0) {
      fail(this + " did not start: " + result.exit() + "\n" + result.out() + result.err());
    }
    assertTrue(Processes.isMounted(mount), () -> this + " has returned and is not mounted");
    return this;
  }

  /** Returns the id of the process that serves the mount; empty if none does. */
  OptionalLong findPid() {
    // Readers name the mount too, and the shell script that starts us names the flags.
    return Processes.naming("-vpath\0" + flags.get("-vpath") + "\0").stream()
        .filter(pid -> !List.of("bash", "dash", "sh").contains(Processes.program(pid)))
        .mapToLong(Long::longValue)
        .min();
  }

  long pid() {
    return findPid().orElseGet(() -> fail(this + " does not run"));
  }

  /** Sends the signal, e.g. "TERM". */
  void signal(String signal) {
    sandbox.command("/bin/kill", "-" + signal, Long.toString(pid())).run().expectSuccess();
  }

  /**
   * Ends it by SIGKILL, and waits for its guardian. Without one its mount stays, and answers
   * ENOTCONN.
   */
  void kill() {
    long pid = pid();
    signal("KILL");
    assertTrue(
        Wait.until(PATIENCE, () -> !Processes.isAlive(pid) && guardian().isEmpty()),
        () -> this + " or its guardian survives SIGKILL");
  }

  /** Returns the process id of the guardian; empty if there is none. */
  OptionalLong guardian() {
    return Processes.naming("/guardian.sh\0" + mount + "\0").stream()
        .mapToLong(Long::longValue)
        .findFirst();
  }

  /**
   * Ends it by SIGTERM and waits for it.
   *
   * @return the counters it wrote
   * @throws AssertionError if it or its mount does not go
   */
  Map<String, Long> stop() {
    signal("TERM");
    assertEnds();
    return counters();
  }

  /** Waits until process and mount are gone. */
  void assertEnds() {
    assertTrue(
        awaitEnd(PATIENCE),
        () ->
            this
                + ": after "
                + PATIENCE
                + " process "
                + findPid()
                + ", mounted: "
                + Processes.isMounted(mount));
  }

  boolean awaitEnd(Duration limit) {
    return Wait.until(limit, () -> findPid().isEmpty() && !Processes.isMounted(mount));
  }

  /** Asks it to end, if it runs; for the sandbox. */
  void terminate() {
    findPid().ifPresent(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy));
  }

  /**
   * Returns its numbers while it runs, as {@code copper stats} does, without a JVM for each time.
   */
  Map<String, Long> stats() {
    Path socket = new ControlSocket(sandbox.path("run")).socket(mount);
    ByteBuffer request =
        new ControlRequest(TreeCast.Scope.NODE, Command.DEADLINE, ByteBuffer.allocate(0)).encode();
    ByteBuffer report =
        assertTimeoutPreemptively(
            Command.DEADLINE,
            () -> new ControlClient(socket).run(Commands.STATS, request, progress -> {}));
    return TreeReport.decode(report).numbers().get(0).values();
  }

  /** Returns what it counted; it writes that at its end. */
  Map<String, Long> counters() {
    try (Stream<Path> files = Files.list(logs().resolve("logs"))) {
      File last =
          files
              .map(Path::toFile)
              .filter(file -> file.getName().endsWith("-counters.json"))
              .max(Comparator.comparingLong(File::lastModified))
              .orElseThrow(() -> new NoSuchFileException(logs() + "/logs/*-counters.json"));
      return new ObjectMapper().readValue(last, new TypeReference<Map<String, Long>>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(this + " wrote no counters", e);
    }
  }

  Path logs() {
    return Path.of(flags.get("-log_output_dir"));
  }

  /** Returns all its log files' text. */
  String log() {
    return sandbox
        .command("find", logs().toString(), "-type", "f", "-exec", "cat", "{}", "+")
        .run()
        .out();
  }

  @Override
  public String toString() {
    return "node " + name + " on " + mount;
  }
}
