package copper.report;

import copper.metrics.OperationTotals;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Reads the profiles of a run, ours and those of C++ Copper.
 *
 * <p>Of a node that was killed and left no last profile, the newest there is counts: that from
 * before its end, or else a snapshot.
 */
final class RunReader {
  private static final List<String> TAGS = List.of("final", "pre-destroy", "runtime-snapshot");
  private static final Pattern AGGREGATE =
      Pattern.compile("(.+)-(\\d+)-(?:[a-z-]+-)?profiling_aggregate\\.csv");

  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).build();

  private final Path run;

  /** Makes a reader of the run in the directory {@code run}. */
  RunReader(Path run) {
    this.run = run;
  }

  /**
   * Returns the nodes' profiles, by host and process.
   *
   * @throws IOException if a file cannot be read, or is not what its name says
   */
  List<NodeProfile> read() throws IOException {
    SortedMap<String, NodeProfile> nodes = new TreeMap<>();
    for (String tag : TAGS) {
      Path directory = run.resolve("profiling").resolve(tag);
      if (Files.isDirectory(directory)) {
        for (Path file : aggregates(directory)) {
          Matcher name = matcher(file);
          String node = name.group(1) + "-" + name.group(2);
          if (!nodes.containsKey(node)) {
            nodes.put(node, node(file, name.group(1), Long.parseLong(name.group(2)), tag));
          }
        }
      }
    }
    return List.copyOf(nodes.values());
  }

  private static Matcher matcher(Path file) {
    Matcher matcher = AGGREGATE.matcher(file.getFileName().toString());
    if (!matcher.matches()) {
      throw new IllegalStateException(file + " is no profile");
    }
    return matcher;
  }

  private static List<Path> aggregates(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> AGGREGATE.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    }
  }

  private NodeProfile node(Path aggregate, String host, long pid, String tag) throws IOException {
    String prefix = aggregate.getFileName().toString().replace("aggregate.csv", "");
    Map<String, String> keys = new HashMap<>();
    for (CSVRecord row : rows(aggregate.resolveSibling(prefix + "node.csv"))) {
      keys.put(row.get("key"), row.get("value"));
    }
    SortedMap<String, Double> metrics = new TreeMap<>();
    for (CSVRecord row : rows(aggregate)) {
      metrics.put(row.get("metric"), number(aggregate, row.get("value")));
    }
    Path series = run.resolve("profiling/series/" + host + "-" + pid + "-profiling_series.csv");
    return new NodeProfile(
        host,
        pid,
        tag,
        keys,
        metrics,
        operations(aggregate.resolveSibling(prefix + "operations.csv")),
        latencies(aggregate.resolveSibling(prefix + "latency.csv")),
        topPaths(aggregate.resolveSibling(prefix + "top_paths.csv")),
        series(series));
  }

  private static SortedMap<String, OperationTotals> operations(Path file) throws IOException {
    SortedMap<String, OperationTotals> operations = new TreeMap<>();
    for (CSVRecord row : rows(file)) {
      operations.put(
          row.get("operation"),
          new OperationTotals(
              whole(file, row.get("total_calls")),
              whole(file, row.get("cache_hits")),
              whole(file, row.get("cache_misses")),
              whole(file, row.get("negative_results")),
              0,
              Math.round(number(file, row.get("total_latency_s")) * 1e9)));
    }
    return operations;
  }

  private static List<NodeProfile.Latency> latencies(Path file) throws IOException {
    List<NodeProfile.Latency> latencies = new ArrayList<>();
    for (CSVRecord row : rows(file)) {
      NavigableMap<Long, Long> counts = new TreeMap<>();
      for (String bucket : row.get("histogram_ns").split(" ", -1)) {
        String[] parts = bucket.split(":", -1);
        if (parts.length != 2) {
          throw new IOException(file + ": '" + bucket + "' is no bound and count");
        }
        counts.merge(whole(file, parts[0]), whole(file, parts[1]), Long::sum);
      }
      latencies.add(
          new NodeProfile.Latency(
              row.get("layer"), row.get("operation"), number(file, row.get("total_us")), counts));
    }
    return latencies;
  }

  private static List<NodeProfile.TopPath> topPaths(Path file) throws IOException {
    List<NodeProfile.TopPath> paths = new ArrayList<>();
    for (CSVRecord row : rows(file)) {
      paths.add(
          new NodeProfile.TopPath(
              row.get("category"),
              row.get("path"),
              whole(file, row.get("total_events")),
              whole(file, row.get("negative_results"))));
    }
    return paths;
  }

  private static List<NodeProfile.Sample> series(Path file) throws IOException {
    List<NodeProfile.Sample> samples = new ArrayList<>();
    for (CSVRecord row : rows(file)) {
      if (!row.isConsistent()) {
        // The end of a line is missing: the node was killed, or its disk was full.
        continue;
      }
      Map<String, Double> values = new LinkedHashMap<>();
      for (Map.Entry<String, String> cell : row.toMap().entrySet()) {
        values.put(cell.getKey(), number(file, cell.getValue()));
      }
      samples.add(new NodeProfile.Sample(whole(file, row.get("time_ms")), values));
    }
    return samples;
  }

  /** Returns the rows of {@code file}; none if it does not exist. */
  private static List<CSVRecord> rows(Path file) throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8);
        CSVParser parser = FORMAT.parse(in)) {
      return parser.getRecords();
    } catch (IOException | IllegalStateException e) {
      throw new IOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static long whole(Path file, String text) throws IOException {
    return (long) number(file, text);
  }

  private static double number(Path file, String text) throws IOException {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IOException(file + ": '" + text + "' is no number", e);
    }
  }
}
