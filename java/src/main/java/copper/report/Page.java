package copper.report;

import copper.metrics.OperationTotals;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Properties;
import java.util.TreeMap;

/**
 * The page of a run: one HTML file that holds its data, style, script and the charts' library, and
 * loads nothing.
 *
 * <p>The data goes in as JSON that cannot end its element, and the script shows names as text only:
 * a file named like a tag is shown, not obeyed.
 */
final class Page {
  private static final int PATHS_OF_A_CLASS = 12;
  private static final String UPLOT = "META-INF/resources/webjars/uplot/";

  private final String run;
  private final Cluster cluster;
  private final List<Overlay.Place> places;

  /**
   * Makes the page of a run.
   *
   * @param run its name
   */
  Page(String run, Cluster cluster, List<Overlay.Place> places) {
    this.run = run;
    this.cluster = cluster;
    this.places = places;
  }

  /**
   * Returns the page's text.
   *
   * @throws IOException if this program's own jars lack a part of it
   */
  String text() throws IOException {
    String version = uplotVersion();
    String library = UPLOT + version + "/";
    return own("page.html")
        .replace("{{uplot-license}}", resource(library + "LICENSE").strip())
        .replace("{{uplot-css}}", resource(library + "dist/uPlot.min.css").strip())
        .replace("{{uplot-js}}", resource(library + "dist/uPlot.iife.min.js").strip())
        .replace("{{css}}", own("page.css"))
        .replace("{{tree}}", own("tree.js"))
        .replace("{{js}}", own("page.js"))
        .replace("{{data}}", Json.of(data()));
  }

  private static String own(String name) throws IOException {
    return resource("copper/report/" + name);
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = Page.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("this installation lacks " + name + "; install it again");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String uplotVersion() throws IOException {
    Properties properties = new Properties();
    String name = "META-INF/maven/org.webjars.npm/uplot/pom.properties";
    try (InputStream in = Page.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("this installation lacks " + name + "; install it again");
      }
      properties.load(in);
    }
    return properties.getProperty("version");
  }

  private Map<String, Object> data() {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("run", run);
    data.put("totals", totals());
    data.put("time", time());
    data.put("operations", operations());
    data.put("latencies", latencies());
    data.put("tree", tree());
    data.put("classes", classes());
    data.put("advice", advice());
    return data;
  }

  private Map<String, Object> totals() {
    OperationTotals requests =
        cluster.operations().values().stream().reduce(OperationTotals.NONE, OperationTotals::plus);
    Map<String, Object> totals = new LinkedHashMap<>();
    totals.put("nodes", places.size());
    totals.put("profiles", cluster.nodes().size());
    totals.put(
        "early", cluster.nodes().stream().filter(node -> !node.tag().equals("final")).count());
    totals.put("trees", places.stream().filter(place -> place.parent() < 0).count());
    totals.put("requests", requests.calls());
    totals.put("hits", requests.hits());
    totals.put("misses", requests.misses());
    totals.put("negatives", requests.negatives());
    totals.put("fromCache", cluster.metric("fuse_from_cache"));
    totals.put("rpcs", cluster.metric("rpc_sent"));
    totals.put("rpcsFailed", cluster.metric("rpc_failed"));
    totals.put("nodeBytes", cluster.metric("rpc_bytes_in"));
    totals.put("storageCalls", cluster.storageCalls());
    totals.put("storageBytes", cluster.metric("storage_read_bytes"));
    totals.put("heldBytes", cluster.metric("data_cache_bytes"));
    totals.put("ttlServes", cluster.metric("metadata_enoent_ttl_serves"));
    return totals;
  }

  private Map<String, Object> time() {
    Timeline timeline = new Timeline(cluster.nodes());
    Map<String, Object> time = new LinkedHashMap<>();
    time.put("seconds", timeline.seconds());
    time.put("times", timeline.times());
    timeline.rates().forEach(time::put);
    return time;
  }

  private List<Object> operations() {
    List<Object> rows = new ArrayList<>();
    cluster
        .operations()
        .forEach(
            (name, totals) -> {
              Map<String, Object> row = new LinkedHashMap<>();
              row.put("name", name);
              row.put("calls", totals.calls());
              row.put("hits", totals.hits());
              row.put("misses", totals.misses());
              row.put("negatives", totals.negatives());
              row.put("mean", totals.meanMicros());
              NavigableMap<Long, Long> counts = cluster.latencies().get("fuse " + name);
              if (counts != null) {
                quantiles(row, counts);
              }
              rows.add(row);
            });
    return rows;
  }

  private static void quantiles(Map<String, Object> row, NavigableMap<Long, Long> counts) {
    row.put("p50", Cluster.quantile(counts, 0.5));
    row.put("p90", Cluster.quantile(counts, 0.9));
    row.put("p99", Cluster.quantile(counts, 0.99));
    row.put("max", counts.lastKey() / 1000.0);
  }

  private List<Object> latencies() {
    List<Object> list = new ArrayList<>();
    cluster
        .latencies()
        .forEach(
            (name, counts) -> {
              Map<String, Object> row = new LinkedHashMap<>();
              row.put("name", name);
              quantiles(row, counts);
              row.put("us", counts.keySet().stream().map(bound -> bound / 1000.0).toList());
              row.put("counts", List.copyOf(counts.values()));
              list.add(row);
            });
    return list;
  }

  private List<Object> tree() {
    List<Object> list = new ArrayList<>();
    for (Overlay.Place place : places) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("host", place.host());
      row.put("address", place.address());
      row.put("parent", place.parent());
      place.profile().ifPresent(node -> describe(row, node));
      list.add(row);
    }
    return list;
  }

  private static void describe(Map<String, Object> row, NodeProfile node) {
    OperationTotals requests = node.requests();
    row.put("name", node.name());
    row.put("tag", node.tag());
    row.put("requests", requests.calls());
    row.put("fromCache", node.metric("fuse_from_cache"));
    row.put("answers", requests.hits() + requests.misses() + requests.negatives());
    row.put("mean", requests.meanMicros());
    row.put("served", node.metric("rpc_served"));
    row.put("bytesOut", node.metric("rpc_bytes_out"));
    row.put("asked", node.metric("rpc_sent"));
    row.put("failed", node.metric("rpc_failed"));
    row.put("storage", node.storageCalls());
    row.put("storageBytes", node.metric("storage_read_bytes"));
    NavigableMap<Long, Long> waits = new TreeMap<>();
    node.latencies().stream()
        .filter(latency -> latency.layer().equals("fuse") && !latency.operation().equals("ioctl"))
        .forEach(latency -> latency.counts().forEach((b, n) -> waits.merge(b, n, Long::sum)));
    if (!waits.isEmpty()) {
      quantiles(row, waits);
    }
  }

  private List<Object> classes() {
    List<Object> list = new ArrayList<>();
    for (Cluster.ClassSum sum : cluster.classes()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", sum.kind().key());
      row.put("meaning", sum.kind().meaning());
      row.put("missing", sum.kind().isMissing());
      row.put("events", sum.events());
      List<Object> paths = new ArrayList<>();
      cluster.paths().stream()
          .filter(path -> path.kind() == sum.kind())
          .sorted(
              Comparator.comparingLong(Cluster.PathSum::events)
                  .reversed()
                  .thenComparing(Cluster.PathSum::path)
                  .thenComparing(Cluster.PathSum::category))
          .limit(PATHS_OF_A_CLASS)
          .forEach(
              path ->
                  paths.add(
                      List.of(
                          path.path(),
                          path.category().toLowerCase(Locale.ROOT),
                          path.events(),
                          path.nodes())));
      row.put("paths", paths);
      list.add(row);
    }
    return list;
  }

  private List<Object> advice() {
    List<Object> list = new ArrayList<>();
    for (Advice.Item item : Advice.of(cluster)) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("variable", item.variable());
      row.put("directory", item.directory());
      row.put("lookups", item.lookups());
      row.put("different", item.different());
      row.put("names", item.names());
      row.put("found", item.found());
      row.put("text", item.text());
      list.add(row);
    }
    return list;
  }
}
