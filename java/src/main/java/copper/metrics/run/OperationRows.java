package copper.metrics.run;

import copper.metrics.OperationTotals;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The table of operations, as C++ Copper's files of one node and of all nodes have it. */
public final class OperationRows {
  private static final String CSV_HEAD =
      "operation,total_calls,cache_hits,cache_misses,negative_results,avg_latency_us,total_latency_s\n";

  private static final String MARKDOWN_HEAD =
      """
      | Operation | Total Calls | Cache Hits | Cache Misses | Negative Results | Avg Latency (us) | Total Latency (s) |
      |---|---:|---:|---:|---:|---:|---:|
      """;

  private OperationRows() {}

  /** Writes the CSV file of {@code operations}, by name. */
  public static void csv(StringBuilder out, Map<String, OperationTotals> operations) {
    out.append(CSV_HEAD);
    operations.forEach(
        (name, totals) ->
            out.append(name).append(',').append(String.join(",", cells(totals))).append('\n'));
  }

  /** Writes the Markdown table of {@code operations}, by name. */
  public static void markdown(StringBuilder out, Map<String, OperationTotals> operations) {
    out.append(MARKDOWN_HEAD);
    operations.forEach(
        (name, totals) -> {
          out.append("| `").append(name).append("` | ");
          out.append(String.join(" | ", cells(totals))).append(" |\n");
        });
  }

  private static List<String> cells(OperationTotals totals) {
    return List.of(
        Long.toString(totals.calls()),
        Long.toString(totals.hits()),
        Long.toString(totals.misses()),
        Long.toString(totals.negatives()),
        String.format(Locale.ROOT, "%.2f", totals.meanMicros()),
        String.format(Locale.ROOT, "%.6f", totals.seconds()));
  }
}
