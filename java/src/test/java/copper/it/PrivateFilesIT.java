package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a node leaves on disk and shows to other users of its machine. */
final class PrivateFilesIT {
  private static final String SECRET = "s3cr3t-of-this-job-".repeat(3);

  private Sandbox sandbox;
  private Path logs;
  private Path secret;
  private Node node;

  @BeforeEach
  void makeNode() {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    Path target = sandbox.newDirectory("target");
    sandbox.write("target/file", "a file\n");
    secret = sandbox.secret("secret", SECRET + "\n");
    logs = sandbox.path("run-of-today");
    node =
        Node.single(sandbox, "node", target)
            .flag("-secret_file", secret.toString())
            .flag("-log_output_dir", logs.toString())
            .flag("-log_level", "5")
            .words("-profile_paths_full")
            .words("-record_trace", sandbox.path("trace.gz").toString());
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  /** Starts it as most users' shells would. */
  private void start() {
    String script = "umask 022; exec \"$@\"";
    List<String> words =
        Stream.concat(Stream.of("/bin/sh", "-c", script, "sh"), node.commandLine().stream())
            .toList();
    sandbox
        .command(words.toArray(String[]::new))
        .with("COPPER_RUN_DIR", sandbox.path("run").toString())
        .with("COPPER_JAVA_OPTS", Node.WITHOUT_REHEARSAL)
        .run()
        .expectSuccess();
    try (Client client = new Client(sandbox)) {
      assertEquals("a file\n", client.cat(node.at("file")));
    }
  }

  private List<String> openToOthers(Path... places) {
    Command find =
        sandbox.command(
            Stream.concat(
                    Stream.concat(Stream.of("find"), Stream.of(places).map(Path::toString)),
                    Stream.of("-perm", "/077", "-printf", "%p %m\\n"))
                .toArray(String[]::new));
    return find.run().expectSuccess().out().lines().toList();
  }

  @Test
  void whatANodeWritesIsItsUsersAlone() throws IOException {
    start();
    try (Stream<Path> sockets = Files.list(sandbox.path("run"))) {
      assertTrue(sockets.anyMatch(path -> path.toString().endsWith(".sock")));
    }
    assertEquals(List.of(), openToOthers(logs, sandbox.path("run"), secret));
    node.stop();
    assertFalse(node.counters().isEmpty());
    assertTrue(Files.exists(logs.resolve("profiling")));
    assertEquals(List.of(), openToOthers(logs, sandbox.path("trace.gz")));
  }

  @Test
  void theSecretIsInNoLogCommandLineOrAnswer() throws IOException {
    start();
    long pid = node.pid();
    for (String file : List.of("cmdline", "environ")) {
      String shown =
          new String(
              Files.readAllBytes(Path.of("/proc/" + pid + "/" + file)),
              StandardCharsets.ISO_8859_1);
      assertFalse(shown.contains("s3cr3t"), file);
    }
    for (String command : List.of("stats", "tree")) {
      String said = sandbox.copper(command, "--mount", node.mount().toString()).run().out();
      assertFalse(said.isEmpty());
      assertFalse(said.contains("s3cr3t"), said);
    }
    node.stop();
    Command.Result found =
        sandbox.command("grep", "-r", "-l", "-a", "s3cr3t", logs.toString()).run();
    assertEquals(1, found.exit(), found::out);
    assertFalse(node.log().isEmpty());
  }
}
