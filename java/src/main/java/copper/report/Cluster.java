package copper.report;

import copper.metrics.OperationTotals;
import copper.metrics.PathClass;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;

/** The sums over all nodes of a run. */
final class Cluster {
  private final List<NodeProfile> nodes;
  private final SortedMap<String, Double> aggregate = new TreeMap<>();
  private final SortedMap<String, OperationTotals> operations = new TreeMap<>();
  private final SortedMap<String, NavigableMap<Long, Long>> latencies = new TreeMap<>();
  private final List<PathSum> paths;

  /**
   * A path, over all nodes.
   *
   * @param negatives how many of the events were failures
   * @param nodes on how many nodes it is among the most used
   */
  record PathSum(
      String category, String path, PathClass kind, long events, long negatives, long nodes) {
    /** Tells whether it was found at all. */
    boolean exists() {
      return !category.equals("metadata_ttl") && events > negatives;
    }
  }

  /** What was seen of a class of paths. */
  record ClassSum(PathClass kind, long entries, long events, String example) {}

  /** Adds up {@code nodes}. */
  Cluster(List<NodeProfile> nodes) {
    this.nodes = List.copyOf(nodes);
    Map<String, PathSum> sums = new TreeMap<>();
    for (NodeProfile node : nodes) {
      node.aggregate().forEach((metric, value) -> aggregate.merge(metric, value, Double::sum));
      node.operations()
          .forEach((name, totals) -> operations.merge(name, totals, OperationTotals::plus));
      for (NodeProfile.Latency latency : node.latencies()) {
        NavigableMap<Long, Long> sum =
            latencies.computeIfAbsent(
                latency.layer() + " " + latency.operation(), name -> new TreeMap<>());
        latency.counts().forEach((bound, count) -> sum.merge(bound, count, Long::sum));
      }
      for (NodeProfile.TopPath path : node.topPaths()) {
        PathSum one =
            new PathSum(
                path.category(),
                path.path(),
                PathClass.of(path.category(), path.path()),
                path.events(),
                path.negatives(),
                1);
        sums.merge(path.category() + " " + path.path(), one, Cluster::plus);
      }
    }
    paths = new ArrayList<>(sums.values());
    paths.sort(
        Comparator.comparingLong(PathSum::events)
            .reversed()
            .thenComparing(PathSum::category)
            .thenComparing(PathSum::path));
  }

  private static PathSum plus(PathSum a, PathSum b) {
    return new PathSum(
        a.category(),
        a.path(),
        a.kind(),
        a.events() + b.events(),
        a.negatives() + b.negatives(),
        a.nodes() + b.nodes());
  }

  List<NodeProfile> nodes() {
    return nodes;
  }

  /** Returns the sum of each metric. */
  SortedMap<String, Double> aggregate() {
    return aggregate;
  }

  /** Returns the sum of a metric; 0 where no node has it. */
  double metric(String name) {
    return aggregate.getOrDefault(name, 0.0);
  }

  /** Returns the kernel's requests. */
  SortedMap<String, OperationTotals> operations() {
    return operations;
  }

  /** Returns calls by upper bound of their time in nanoseconds, by layer and operation. */
  SortedMap<String, NavigableMap<Long, Long>> latencies() {
    return latencies;
  }

  /** Returns the most used paths of all nodes, the most used first. */
  List<PathSum> paths() {
    return paths;
  }

  /** Returns how many calls of storage all nodes made. */
  double storageCalls() {
    return nodes.stream().mapToDouble(NodeProfile::storageCalls).sum();
  }

  /**
   * Returns the classes of the most used paths, the most used first; each node's entry counts, as
   * in C++ Copper's aggregate.
   */
  List<ClassSum> classes() {
    Map<PathClass, ClassSum> sums = new EnumMap<>(PathClass.class);
    for (PathSum path : paths) {
      sums.merge(
          path.kind(),
          new ClassSum(path.kind(), path.nodes(), path.events(), path.path()),
          (a, b) ->
              new ClassSum(
                  a.kind(), a.entries() + b.entries(), a.events() + b.events(), a.example()));
    }
    List<ClassSum> sorted = new ArrayList<>(sums.values());
    sorted.sort(Comparator.comparingLong(ClassSum::events).reversed());
    return sorted;
  }

  /** Returns the time in microseconds that the part {@code share} of calls stays below. */
  static double quantile(NavigableMap<Long, Long> counts, double share) {
    long total = counts.values().stream().mapToLong(Long::longValue).sum();
    long wanted = Math.max(1, (long) Math.ceil(share * total));
    long seen = 0;
    for (Map.Entry<Long, Long> bucket : counts.entrySet()) {
      seen += bucket.getValue();
      if (seen >= wanted) {
        return bucket.getKey() / 1000.0;
      }
    }
    return 0;
  }
}
