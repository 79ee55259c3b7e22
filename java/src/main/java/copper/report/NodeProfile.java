package copper.report;

import copper.metrics.Counter;
import copper.metrics.OperationTotals;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What one node wrote about itself.
 *
 * @param host its machine
 * @param pid its process
 * @param tag from when the profile is: final, pre-destroy or runtime-snapshot
 * @param keys what it says of itself, such as address and parent; nothing from a C++ node
 * @param aggregate its metrics by name
 * @param operations the kernel's requests by name
 * @param latencies how long its operations took
 * @param topPaths its most used paths
 * @param series its counts in the course of time
 */
record NodeProfile(
    String host,
    long pid,
    String tag,
    Map<String, String> keys,
    SortedMap<String, Double> aggregate,
    SortedMap<String, OperationTotals> operations,
    List<Latency> latencies,
    List<TopPath> topPaths,
    List<Sample> series) {

  /**
   * The times of one operation.
   *
   * @param layer fuse, storage, served or asked
   * @param counts calls by upper bound of their time in nanoseconds
   */
  record Latency(
      String layer, String operation, double totalMicros, NavigableMap<Long, Long> counts) {}

  /**
   * A path and how often it was asked for.
   *
   * @param category metadata, data, tree or metadata_ttl
   * @param events how often in all
   * @param negatives how often that failed; 0 for metadata_ttl, where it always does
   */
  record TopPath(String category, String path, long events, long negatives) {}

  /**
   * Counts from the node's start to one moment.
   *
   * @param millis since 1970
   * @param values by column
   */
  record Sample(long millis, Map<String, Double> values) {}

  /** Returns the name of the node: host and process. */
  String name() {
    return host + "-" + pid;
  }

  /** Returns its address, as far as it is known. */
  Optional<String> address() {
    return Optional.ofNullable(keys.get("address")).filter(address -> !address.isEmpty());
  }

  /** Returns the address of its parent, as far as it is known. */
  Optional<String> parent() {
    return Optional.ofNullable(keys.get("parent")).filter(address -> !address.isEmpty());
  }

  /** Returns a metric; 0 where there is none. */
  double metric(String name) {
    return aggregate.getOrDefault(name, 0.0);
  }

  /** Returns the sum over all requests of the kernel. */
  OperationTotals requests() {
    return operations.values().stream().reduce(OperationTotals.NONE, OperationTotals::plus);
  }

  /** Returns how many calls of storage the node made. */
  double storageCalls() {
    return Counter.STORAGE_CALLS.stream().mapToDouble(counter -> metric(counter.key())).sum();
  }
}
