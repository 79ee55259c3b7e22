package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code copper simulate} against real nodes, and on the command line. */
final class SimulateIT {
  private static final int PACKAGES = 5;
  private static final int MODULES = 8;
  private static final int MISSING = 2 * PACKAGES;
  private static final List<String> STORAGE =
      List.of("storage_lstat", "storage_list", "storage_read", "storage_readlink");

  /** So long that what is asked does not depend on how fast this machine is. */
  private static final String FOR_EVER = "3600000";

  private Sandbox sandbox;
  private Path target;

  @BeforeEach
  void makeSandbox() throws IOException {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    for (int i = 0; i < PACKAGES; i++) {
      for (int j = 0; j < MODULES; j++) {
        sandbox.write("target/p" + i + "/m" + j, "x".repeat(3000 * (j + 1)));
      }
      Files.createSymbolicLink(target.resolve("p" + i + "/link"), Path.of("m0"));
    }
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private Path trace() {
    return sandbox.path("trace.gz");
  }

  /** Looks through everything, and for what is not there. */
  private void use(Node node) {
    String script =
        "for p in \"$1\"/p*; do stat \"$p/missing\" \"$p/none\"; cat \"$p\"/*; ls -l \"$p\"; done";
    sandbox.command("sh", "-c", script, "sh", node.mount() + "").run();
  }

  private Command.Result simulate(String... more) {
    List<String> words =
        new ArrayList<>(List.of(Machine.cuFuse().resolveSibling("copper").toString(), "simulate"));
    words.addAll(List.of(more));
    return sandbox.command(words.toArray(String[]::new)).run();
  }

  /** Returns the line of all nodes of the first simulation, by column. */
  private static Map<String, String> whole(String csv) {
    List<String> lines = csv.lines().toList();
    String[] names = lines.get(0).split(",", -1);
    String[] values = lines.get(1).split(",", -1);
    Map<String, String> row = new HashMap<>();
    for (int i = 0; i < names.length; i++) {
      row.put(names[i], values[i]);
    }
    assertEquals("all", row.get("level"));
    return row;
  }

  private static long storage(Map<String, Long> counters) {
    return STORAGE.stream().mapToLong(counters::get).sum();
  }

  private String simulated(int nodes, String... more) {
    List<String> words = new ArrayList<>(List.of("-trace", trace() + "", "-nodes", nodes + ""));
    words.addAll(List.of("-md_enoent_ttl_ms", FOR_EVER));
    words.addAll(List.of(more));
    return simulate(words.toArray(String[]::new)).expectSuccess().out();
  }

  @Test
  void aNodeAloneAsksStorageAsARealOneDoes() {
    Node node =
        Node.single(sandbox, "node", target)
            .flag("-md_enoent_ttl_ms", FOR_EVER)
            .flag("-record_trace", trace() + "")
            .start();
    use(node);
    Map<String, Long> real = node.stop();

    Map<String, String> row = whole(simulated(1));
    assertEquals(storage(real), Long.parseLong(row.get("storage_operations")));
    assertEquals(real.get("storage_read_bytes"), Long.parseLong(row.get("storage_bytes")));
    assertEquals("0", row.get("unlike_trace"));
  }

  @Test
  void aTreeAsksStorageAsARealOneDoesHoweverManyNodesItHas() {
    Tree tree =
        Tree.of(sandbox, "tree", 3, target).each(node -> node.flag("-md_enoent_ttl_ms", FOR_EVER));
    tree.node(2).flag("-record_trace", trace() + "");
    tree.start();
    tree.nodes().forEach(this::use);
    List<Map<String, Long>> real = tree.nodes().stream().map(Node::stop).toList();

    for (int nodes : new int[] {3, 15, 100}) {
      Map<String, String> row = whole(simulated(nodes));
      long difference = Long.parseLong(row.get("storage_operations")) - storage(real.get(0));
      // Whether a missing name is asked for depends on whether its directory was listed first.
      assertTrue(Math.abs(difference) <= MISSING, nodes + " nodes: " + difference);
      assertEquals(
          real.get(0).get("storage_read_bytes"),
          Long.parseLong(row.get("storage_bytes")),
          nodes + " nodes");
      assertEquals("0", row.get("unlike_trace"));
    }
  }

  @Test
  void theSameSeedGivesTheSameFiles() throws IOException {
    Node node = Node.single(sandbox, "node", target).flag("-record_trace", trace() + "").start();
    use(node);
    node.stop();
    String first = simulated(15, "-seed", "7");
    assertEquals(first, simulated(15, "-seed", "7"));
    assertNotEquals(first, simulated(15, "-seed", "8"));

    Path csv = sandbox.path("table.csv");
    Path plot = sandbox.path("plot.svg");
    assertEquals("", simulated(15, "-seed", "7", "-csv", csv + "", "-plot", plot + ""));
    assertEquals(first, Files.readString(csv));
    assertTrue(Files.readString(plot).startsWith("<svg "));
    // Elsewhere the folder is not there.
    sandbox.command("rm", "-r", target + "").run().expectSuccess();
    Command.Result refused = simulate("-trace", trace() + "", "-nodes", "3");
    assertEquals(2, refused.exit());
    assertTrue(refused.err().contains("-from_trace"), refused::err);
    assertEquals("0", whole(simulated(3, "-from_trace")).get("unlike_trace"));
  }

  @Test
  void whatCannotBeIsRefusedInALine() {
    assertRefused(2, "the flag -trace is missing");
    assertRefused(2, "-nodes takes whole numbers", "-trace", "t", "-nodes", "3,x");
    assertRefused(2, "none less than -trees", "-trace", "t", "-nodes", "3", "-trees", "4");
    assertRefused(2, "-jitter_percent takes", "-trace", "t", "-jitter_percent", "101");
    assertRefused(1, "-trace none cannot be read: it does not exist", "-trace", "none");
  }

  private void assertRefused(int exit, String message, String... flags) {
    Command.Result result = simulate(flags);
    assertEquals(exit, result.exit(), result::err);
    assertTrue(result.err().contains(message), result::err);
    assertEquals(1, result.err().lines().count(), result::err);
  }
}
