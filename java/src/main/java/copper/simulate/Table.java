package copper.simulate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/**
 * Results as CSV: for each simulation a line of all nodes, and one of each level of the trees.
 *
 * <p>A line has the nodes it is about. Times are in seconds, bytes are payloads. What stands there
 * for single nodes is their median and the most of any.
 */
public final class Table {
  private static final String HEADER =
      "nodes,trees,depth,level,nodes_at_level,seconds_min,seconds_median,seconds_p99,seconds_max,"
          + "storage_operations,storage_bytes,calls_median,calls_max,bytes_in_median,bytes_in_max,"
          + "served_max,bytes_out_max,unlike_trace,late_calls,lost_nodes,failovers,seconds_wait_max,"
          + "pushed,pushed_bytes,push_taken,push_used";

  private final List<Result> results = new ArrayList<>();

  /** Adds a simulation. */
  public void add(Result result) {
    results.add(result);
  }

  /** Returns the simulations so far. */
  public List<Result> results() {
    return List.copyOf(results);
  }

  /** Returns all of it, with a line that names the columns. */
  public String csv() {
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    for (Result result : results) {
      text.append(line(result, "all", result.nodes(), result.storageBytes()));
      for (int level = 0; level <= result.depth(); level++) {
        int at = level;
        List<NodeResult> nodes =
            result.nodes().stream().filter(node -> node.level() == at).toList();
        long bytes = level == 0 ? result.storageBytes() : 0;
        text.append(line(result, Integer.toString(level), nodes, bytes));
      }
    }
    return text.toString();
  }

  private static String line(
      Result result, String level, List<NodeResult> nodes, long storageBytes) {
    long[] took = sorted(nodes, NodeResult::took);
    long[] calls = sorted(nodes, NodeResult::calls);
    long[] bytes = sorted(nodes, NodeResult::bytesIn);
    return String.format(
        Locale.ROOT,
        "%d,%d,%d,%s,%d,%.6f,%.6f,%.6f,%.6f,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%.6f,%d,%d,%d,%d\n",
        result.nodes().size(),
        result.trees(),
        result.depth(),
        level,
        nodes.size(),
        seconds(took[0]),
        seconds(percentile(took, 50)),
        seconds(percentile(took, 99)),
        seconds(percentile(took, 100)),
        sum(nodes, NodeResult::storage),
        storageBytes,
        percentile(calls, 50),
        percentile(calls, 100),
        percentile(bytes, 50),
        percentile(bytes, 100),
        nodes.stream().mapToLong(NodeResult::served).max().orElse(0),
        nodes.stream().mapToLong(NodeResult::bytesOut).max().orElse(0),
        result.unlike(),
        result.late(),
        result.lost(),
        sum(nodes, NodeResult::failovers),
        seconds(nodes.stream().mapToLong(NodeResult::longestWait).max().orElse(0)),
        sum(nodes, NodeResult::pushed),
        sum(nodes, NodeResult::pushedBytes),
        sum(nodes, NodeResult::pushTaken),
        sum(nodes, NodeResult::pushUsed));
  }

  private static long sum(List<NodeResult> nodes, ToLongFunction<NodeResult> value) {
    return nodes.stream().mapToLong(value).sum();
  }

  static long[] sorted(List<NodeResult> nodes, ToLongFunction<NodeResult> value) {
    long[] values = nodes.stream().mapToLong(value).toArray();
    Arrays.sort(values);
    return values;
  }

  /** Returns the value that so many percent of the values do not exceed. */
  static long percentile(long[] sorted, int percent) {
    int rank = (int) Math.ceil(sorted.length * percent / 100.0);
    return sorted[Math.max(0, rank - 1)];
  }

  static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
