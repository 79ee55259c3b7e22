package copper.report;

import copper.metrics.WholeFile;
import copper.metrics.run.OperationRows;
import copper.metrics.run.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The files in {@code profiling/cluster}: names and columns of C++ Copper's aggregate
 * (scripts/aggregate_profiling.py), and the page.
 */
final class ClusterFiles {
  private final Path directory;
  private final Cluster cluster;

  /** Makes the files of {@code cluster}, which go below the run's directory {@code run}. */
  ClusterFiles(Path run, Cluster cluster) {
    this.directory = run.resolve("profiling").resolve("cluster");
    this.cluster = cluster;
  }

  /**
   * Writes all of them.
   *
   * @param page the page's text
   * @return the files
   * @throws IOException if one cannot be written
   */
  List<Path> write(String page) throws IOException {
    Files.createDirectories(directory);
    List<Path> written = new ArrayList<>();
    written.add(write("cluster-profiling_aggregate.csv", aggregate()));
    written.add(write("cluster-profiling_operations.csv", operations()));
    written.add(write("cluster-profiling_top_paths.csv", topPaths()));
    written.add(write("cluster-profiling_summary.md", summary()));
    written.add(write("cluster-profiling.html", page));
    return written;
  }

  private Path write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    WholeFile.write(file, text);
    return file;
  }

  private String aggregate() {
    StringBuilder out = new StringBuilder("metric,value\n");
    out.append("ranks_with_aggregate_files,").append(cluster.nodes().size()).append('\n');
    cluster
        .aggregate()
        .forEach((metric, sum) -> out.append(metric).append(',').append(number(sum)).append('\n'));
    return out.toString();
  }

  private String operations() {
    StringBuilder out = new StringBuilder();
    OperationRows.csv(out, cluster.operations());
    return out.toString();
  }

  private String topPaths() {
    StringBuilder out = new StringBuilder("category,class,path,total_events,nodes\n");
    for (Cluster.PathSum path : cluster.paths()) {
      out.append(path.category()).append(',').append(path.kind().key()).append(',');
      out.append(Text.quoted(path.path())).append(',');
      out.append(path.events()).append(',').append(path.nodes()).append('\n');
    }
    return out.toString();
  }

  private String summary() {
    StringBuilder out = new StringBuilder("# Cluster Profiling Summary\n\n");
    out.append("- Rank summaries aggregated: `").append(cluster.nodes().size()).append("`\n");
    long early = cluster.nodes().stream().filter(node -> !node.tag().equals("final")).count();
    if (early > 0) {
      out.append("- Of nodes without a last profile, from an earlier one: `").append(early);
      out.append("`\n");
    }
    out.append("\n## Aggregate Metrics\n\n| Metric | Value |\n|---|---:|\n");
    out.append("| Ranks with aggregate files | ").append(cluster.nodes().size()).append(" |\n");
    cluster
        .aggregate()
        .forEach(
            (metric, sum) ->
                out.append("| `").append(metric).append("` | ").append(number(sum)).append(" |\n"));
    out.append("\n## Operation Totals\n\n");
    OperationRows.markdown(out, cluster.operations());
    classes(out);
    advice(out);
    return out.toString();
  }

  private void classes(StringBuilder out) {
    if (cluster.paths().isEmpty()) {
      return;
    }
    out.append("\n## Path Class Heuristics\n\n");
    out.append("| Path Class | Entries | Total Events | Example |\n|---|---:|---:|---|\n");
    for (Cluster.ClassSum sum : cluster.classes()) {
      out.append("| `").append(sum.kind().key()).append("` | ").append(sum.entries());
      out.append(" | ").append(sum.events()).append(" | `");
      out.append(Text.markdown(sum.example())).append("` |\n");
    }
  }

  private void advice(StringBuilder out) {
    List<Advice.Item> items = Advice.of(cluster);
    if (items.isEmpty()) {
      return;
    }
    out.append("\n## Pruning Guidance\n\n");
    for (Advice.Item item : items) {
      out.append("- ")
          .append(item.variable())
          .append(", `")
          .append(Text.markdown(item.directory()));
      out.append("`: ").append(item.text()).append('\n');
    }
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.6f", value);
  }
}
