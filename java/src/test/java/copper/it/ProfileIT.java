package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nodes that import a program leave profiles that agree with each other and can be added up. */
final class ProfileIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String HOSTILE = "<script>alert(1)<";

  /** What has a cache: their hits, misses and failures are all their calls. */
  private static final List<String> CACHED =
      List.of("getattr", "read", "store", "readdir", "readlink");

  @Test
  void anImportThroughATreeIsCountedAndDrawn() throws IOException {
    Machine.assumeFuse();
    try (Sandbox sandbox = new Sandbox()) {
      Path target = sandbox.newDirectory("target");
      fill(target);
      Path run = sandbox.newDirectory("run");
      Tree tree = Tree.of(sandbox, "tree", 3, target);
      tree.each(node -> profiled(node, run));
      int metricsPort = sandbox.freePort();
      tree.root().flag("-metrics_port", Integer.toString(metricsPort));
      tree.start();
      for (Node node : tree.nodes()) {
        importAll(sandbox, node);
      }
      assertTrue(
          Wait.until(
              PATIENCE, () -> files(run, "profiling/runtime-snapshot", "_top_paths.csv") == 3),
          "snapshots are written while nodes run");
      assertMetrics(metricsPort);
      tree.nodes().forEach(node -> node.signal("TERM"));
      tree.nodes().forEach(Node::assertEnds);
      assertConsistent(run);
      assertReport(sandbox, run);
    }
  }

  private static void assertMetrics(int port) throws IOException {
    try (InputStream in =
        URI.create("http://127.0.0.1:" + port + "/metrics").toURL().openStream()) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(text.contains("copper_fuse_getattr_total "), text);
      assertFalse(text.contains("copper_fuse_getattr_total 0.0"), "programs have asked");
      assertTrue(text.contains("{layer=\"storage\",operation=\"lstat\",le=\"+Inf\"}"), text);
    }
  }

  private static void profiled(Node node, Path run) {
    node.flag("-log_output_dir", run.toString())
        .flag("-profile_top_n", "50")
        .flag("-profile_snapshot_interval_s", "1")
        .words("-profile_paths_full");
  }

  private static void fill(Path target) throws IOException {
    Path site = Files.createDirectories(target.resolve("lib/python3/site-packages/trial"));
    StringBuilder imports = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      Files.writeString(site.resolve("part" + i + ".py"), "value = " + i + "\n");
      imports.append("from . import part").append(i).append('\n');
    }
    Files.writeString(site.resolve("__init__.py"), imports);
    Files.writeString(site.resolve(HOSTILE), "x");
  }

  private static void importAll(Sandbox sandbox, Node node) {
    String site = node.at("lib/python3/site-packages").toString();
    String program =
        "import sys, os; sys.path.insert(0, sys.argv[1]); import trial;"
            + " print(trial.part19.value);"
            + " open(os.path.join(sys.argv[1], 'trial', sys.argv[2])).read();"
            + " [os.path.exists(os.path.join(sys.argv[1], 'lib%d.so' % i)) for i in range(5)]";
    Command.Result result =
        sandbox.command(Machine.python(), "-B", "-c", program, site, HOSTILE).run();
    result.expectSuccess();
    assertEquals("19", result.out().strip());
  }

  private static long files(Path run, String directory, String end) {
    try (Stream<Path> files = Files.list(run.resolve(directory))) {
      return files.filter(file -> file.toString().endsWith(end)).count();
    } catch (IOException e) {
      return 0;
    }
  }

  private static List<Path> finals(Path run, String end) throws IOException {
    try (Stream<Path> files = Files.list(run.resolve("profiling/final"))) {
      return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
    }
  }

  private static Map<String, Double> aggregate(Path file) throws IOException {
    Map<String, Double> metrics = new HashMap<>();
    for (String line : Files.readAllLines(file).stream().skip(1).toList()) {
      String[] cells = line.split(",", -1);
      metrics.put(cells[0], Double.valueOf(cells[1]));
    }
    return metrics;
  }

  private static void assertConsistent(Path run) throws IOException {
    assertEquals(3, files(run, "profiling/pre-destroy", "_summary.md"));
    assertEquals(3, files(run, "profiling/series", "_series.csv"));
    int roots = 0;
    for (Path file : finals(run, "-profiling_aggregate.csv")) {
      Map<String, Double> metrics = aggregate(file);
      Path operations =
          Path.of(file.toString().replace("profiling_aggregate", "profiling_operations"));
      double calls = 0;
      double getattrs = 0;
      for (String line : Files.readAllLines(operations).stream().skip(1).toList()) {
        String[] cells = line.split(",", -1);
        calls += Double.parseDouble(cells[1]);
        if (CACHED.contains(cells[0])) {
          double parts =
              Double.parseDouble(cells[2])
                  + Double.parseDouble(cells[3])
                  + Double.parseDouble(cells[4]);
          assertEquals(Double.parseDouble(cells[1]), parts, line);
        }
        getattrs += cells[0].equals("getattr") ? Double.parseDouble(cells[1]) : 0;
      }
      assertEquals(calls, metrics.get("total_counted_fuse_operations"));
      assertTrue(metrics.get("total_cache_misses") > 0);
      boolean root = metrics.get("storage_lstat") > 0;
      roots += root ? 1 : 0;
      assertEquals(!root, metrics.get("rpc_sent") > 0, "only the root reads storage: " + file);
      assertEquals(getattrs, metadataEvents(run, file), "every getattr has its path");
    }
    assertEquals(1, roots);
  }

  private static double metadataEvents(Path run, Path aggregate) throws IOException {
    String name =
        aggregate
            .getFileName()
            .toString()
            .replace("profiling_aggregate.csv", "md_table_cache_event.output");
    return Files.readAllLines(run.resolve("tables/final").resolve(name)).stream()
        .filter(
            line ->
                line.startsWith("cache hits: ")
                    || line.startsWith("cache misses: ")
                    || line.startsWith("neg: "))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
        .sum();
  }

  private static void assertReport(Sandbox sandbox, Path run) throws IOException {
    String copper = Machine.cuFuse().resolveSibling("copper").toString();
    sandbox.command(copper, "profile", run.toString()).run().expectSuccess();
    Path cluster = run.resolve("profiling/cluster");
    Map<String, Double> sums = aggregate(cluster.resolve("cluster-profiling_aggregate.csv"));
    assertEquals(3, sums.get("ranks_with_aggregate_files"));
    double calls = 0;
    for (Path file : finals(run, "-profiling_aggregate.csv")) {
      calls += aggregate(file).get("total_counted_fuse_operations");
    }
    assertEquals(calls, sums.get("total_counted_fuse_operations"));
    assertEquals(sums.get("rpc_bytes_out"), sums.get("rpc_bytes_in"), "what is sent arrives");
    String page = Files.readString(cluster.resolve("cluster-profiling.html"));
    assertTrue(page.contains("\\u003Cscript\\u003Ealert(1)"), "the path is in the page");
    assertFalse(page.contains("<script>alert"), "and not as a tag");
  }
}
