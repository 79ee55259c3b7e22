package copper.cli;

import copper.codec.TreeReport.Numbers;
import copper.control.Stats;
import copper.metrics.Counter;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;

/** Nodes' numbers for people. */
final class StatsText {
  private static final String LINE = "%-24s %9s %9s %6s %8s %8s %8s %9s %8s %8s %9s %9s %9s  %s%n";

  private StatsText() {}

  /** Prints all numbers of one node, a line each, those in bytes with their unit. */
  static void node(PrintStream out, Numbers node) {
    out.println(node.host() + " " + node.address());
    servedBy(node).forEach((who, seconds) -> out.printf("  served by %s for %d s%n", who, seconds));
    node.values()
        .forEach(
            (name, value) -> {
              if (!name.startsWith(Stats.SERVED_BY)) {
                out.printf(
                    "  %-32s %15d%s%n",
                    name, value, isBytes(name) ? "  " + Reports.bytes(value) : "");
              }
            });
  }

  /**
   * Returns who answers a node, role and address, and for how many seconds it has; once at most.
   */
  static Map<String, Long> servedBy(Numbers node) {
    Map<String, Long> found = new LinkedHashMap<>();
    node.values()
        .forEach(
            (name, value) -> {
              if (name.startsWith(Stats.SERVED_BY)) {
                found.put(name.substring(Stats.SERVED_BY.length()), value);
              }
            });
    return found;
  }

  private static boolean isBytes(String name) {
    return name.endsWith("_bytes") || name.contains("_bytes_");
  }

  /** Prints a line for each node, and one for all: sums, and the longest times. */
  static void table(PrintStream out, List<Numbers> nodes) {
    out.printf(
        LINE,
        "node",
        "hits",
        "misses",
        "hit %",
        "p50 us",
        "p99 us",
        "storage",
        "bytes",
        "asked",
        "served",
        "in",
        "cached",
        "heap",
        "served by");
    nodes.forEach(
        node ->
            line(
                out,
                shown(node),
                String.join(" ", servedBy(node).keySet()),
                name -> of(node.values(), name)));
    line(out, Reports.nodes(nodes.size()), "", name -> together(nodes, name));
  }

  /** Returns the sum; of times, which cannot be added, the longest. */
  private static long together(List<Numbers> nodes, String name) {
    LongStream values = nodes.stream().mapToLong(node -> of(node.values(), name));
    return name.endsWith("_us") ? values.max().orElse(0) : values.sum();
  }

  private static String shown(Numbers node) {
    // Of a long address the end tells nodes of one host apart.
    String name = node.host() + " " + node.address();
    return name.length() <= 24 ? name : node.host() + " …" + end(node);
  }

  private static String end(Numbers node) {
    int room = Math.max(4, 22 - node.host().length());
    return node.address().substring(Math.max(0, node.address().length() - room));
  }

  private static long of(Map<String, Long> values, String name) {
    return values.getOrDefault(name, 0L);
  }

  private static void line(
      PrintStream out, String name, String servedBy, ToLongFunction<String> values) {
    long hits = values.applyAsLong("cache_hits");
    long misses = values.applyAsLong("cache_misses");
    long storage = Counter.STORAGE_CALLS.stream().map(Counter::key).mapToLong(values).sum();
    out.printf(
        LINE,
        name,
        hits,
        misses,
        hits + misses == 0 ? "-" : String.format("%.1f", 100.0 * hits / (hits + misses)),
        values.applyAsLong("fuse_p50_us"),
        values.applyAsLong("fuse_p99_us"),
        storage,
        Reports.bytes(values.applyAsLong("storage_read_bytes")),
        values.applyAsLong("rpc_sent"),
        values.applyAsLong("rpc_served"),
        Reports.bytes(values.applyAsLong("rpc_bytes_in")),
        Reports.bytes(cached(values)),
        Reports.bytes(values.applyAsLong("heap_bytes")),
        servedBy);
  }

  private static long cached(ToLongFunction<String> values) {
    return values.applyAsLong("cached_metadata_bytes") + values.applyAsLong("cached_data_bytes");
  }
}
