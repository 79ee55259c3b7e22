package copper.metrics.run;

import copper.metrics.PathClass;
import copper.metrics.PathStatistics;
import copper.metrics.PathTable;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code profiling_summary.md}: a node's profile for people, with C++ Copper's sections. */
final class Summary {
  private final RunInfo info;
  private final Optional<PathStatistics> paths;
  private final Profile profile;

  Summary(RunInfo info, Optional<PathStatistics> paths, Profile profile) {
    this.info = info;
    this.paths = paths;
    this.profile = profile;
  }

  /** Writes the whole text. */
  void write(StringBuilder out, String tag) {
    out.append("# Copper Profiling Summary\n\n");
    item(out, "Node", info.address() + " on " + info.host());
    item(out, "Parent", info.parent().orElse("none: this node reads storage"));
    item(out, "Profiling mode", mode());
    item(out, "Metadata ENOENT TTL (ms)", Long.toString(info.enoentTtl().toMillis()));
    item(out, "Top-path limit", Integer.toString(paths.map(PathStatistics::topN).orElse(0)));
    item(out, "Full path outputs enabled", isFull() ? "yes" : "no");
    if (!tag.isEmpty()) {
      item(out, "Snapshot tag", tag);
    }
    operations(out);
    derived(out);
    if (!profile.topPaths().isEmpty()) {
      out.append("\n## Top Paths\n\nSee `");
      out.append(info.file(tag, RunDirectory.TOP_PATHS)).append("`.\n");
    }
    if (isFull()) {
      out.append("\n## Full Path Outputs\n\nEvery path is in `tables/");
      out.append(tag.isEmpty() ? "final" : tag).append('`');
      out.append(dropped() == 0 ? "." : ", but for " + dropped() + " that were used least.");
      out.append('\n');
    }
    classes(out);
  }

  private static void item(StringBuilder out, String name, String value) {
    out.append("- ").append(name).append(": `").append(value).append("`\n");
  }

  private boolean isFull() {
    return paths.map(PathStatistics::isFull).orElse(false);
  }

  private String mode() {
    if (isFull()) {
      return "full-path";
    }
    return profile.topPaths().isEmpty() ? "aggregate-only" : "top-path";
  }

  private long dropped() {
    PathStatistics statistics = paths.orElseThrow();
    long dropped = statistics.missing().dropped();
    for (PathStatistics.Table table : PathStatistics.Table.values()) {
      dropped += statistics.table(table).dropped();
    }
    return dropped;
  }

  private void operations(StringBuilder out) {
    out.append("\n## Aggregate Operation Metrics\n\n");
    OperationRows.markdown(out, profile.operations());
  }

  private void derived(StringBuilder out) {
    out.append("\n## Derived High-Level Metrics\n\n| Metric | Value |\n|---|---:|\n");
    row(out, "Total counted FUSE operations", "total_counted_fuse_operations");
    row(out, "Total cache hits", "total_cache_hits");
    row(out, "Total cache misses", "total_cache_misses");
    row(out, "Total negative results", "total_negative_results");
    row(out, "Answers from this node's caches, failures included", "fuse_from_cache");
    row(out, "Metadata ENOENT TTL stores", "metadata_enoent_ttl_stores");
    row(out, "Metadata ENOENT TTL serves", "metadata_enoent_ttl_serves");
    row(out, "Metadata ENOENT TTL expires", "metadata_enoent_ttl_expires");
    row(
        out,
        "Metadata ENOENT TTL clears on success/non-ENOENT",
        "metadata_enoent_ttl_clears_on_success_or_non_enoent");
    row(out, "Calls to the parent", "rpc_sent");
    row(out, "Calls of other nodes served", "rpc_served");
    row(out, "Bytes read from storage", "storage_read_bytes");
    row(
        out,
        "Total measured latency across counted operations (s)",
        "total_measured_latency_seconds");
  }

  private void row(StringBuilder out, String name, String metric) {
    out.append("| ").append(name).append(" | ").append(profile.aggregate(metric)).append(" |\n");
  }

  /** What was seen of one class of paths. */
  private static final class Seen {
    private int entries;
    private long events;
    private String example = "";
  }

  private void classes(StringBuilder out) {
    Map<PathClass, Seen> classes = new EnumMap<>(PathClass.class);
    profile
        .topPaths()
        .forEach(
            (category, rows) -> {
              for (PathTable.Row row : rows) {
                String path = Text.of(row.path());
                Seen seen =
                    classes.computeIfAbsent(PathClass.of(category, path), name -> new Seen());
                seen.entries++;
                seen.events += row.total();
                seen.example = seen.example.isEmpty() ? path : seen.example;
              }
            });
    if (classes.isEmpty()) {
      return;
    }
    out.append("\n## Path Class Heuristics\n\n");
    out.append("| Path Class | Entries | Total Events | Example |\n|---|---:|---:|---|\n");
    List<Map.Entry<PathClass, Seen>> sorted =
        classes.entrySet().stream()
            .sorted(
                Comparator.comparingLong((Map.Entry<PathClass, Seen> e) -> e.getValue().events)
                    .reversed())
            .toList();
    for (Map.Entry<PathClass, Seen> entry : sorted) {
      out.append("| `").append(entry.getKey().key()).append("` | ");
      out.append(entry.getValue().entries).append(" | ").append(entry.getValue().events);
      out.append(" | `").append(Text.markdown(entry.getValue().example)).append("` |\n");
    }
  }
}
