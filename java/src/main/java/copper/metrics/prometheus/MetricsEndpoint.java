package copper.metrics.prometheus;

import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.OperationStats;
import copper.metrics.OperationTotals;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.HistogramIterationValue;

/**
 * Serves a node's counts at {@code http://127.0.0.1:PORT/metrics}.
 *
 * <p>They are read when somebody asks; in between this costs nothing. Names are listed in
 * docs/profiling.md.
 */
public final class MetricsEndpoint implements AutoCloseable {
  /** Upper bounds of the histograms, in seconds. */
  private static final double[] BOUNDS = {
    1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1, 5, 10, 60
  };

  private final HTTPServer server;

  private MetricsEndpoint(HTTPServer server) {
    this.server = server;
  }

  /**
   * Serves {@code counters} until it is closed.
   *
   * @param port on loopback; 0: any
   * @throws IOException if the port cannot be had
   */
  public static MetricsEndpoint open(int port, Counters counters) throws IOException {
    PrometheusRegistry registry = new PrometheusRegistry();
    registry.register(() -> snapshots(counters));
    return new MetricsEndpoint(
        HTTPServer.builder()
            .inetAddress(InetAddress.getLoopbackAddress())
            .port(port)
            .registry(registry)
            .buildAndStart());
  }

  /** Returns the port. */
  public int port() {
    return server.getPort();
  }

  private static MetricSnapshots snapshots(Counters counters) {
    List<MetricSnapshot> all = new ArrayList<>();
    for (Counter counter : Counter.values()) {
      all.add(
          CounterSnapshot.builder()
              .name("copper_" + counter.key())
              .help("As " + counter.key() + " in HOST-PID-counters.json")
              .dataPoint(
                  CounterSnapshot.CounterDataPointSnapshot.builder()
                      .value((double) counters.get(counter))
                      .build())
              .build());
    }
    all.add(requests(counters));
    all.add(durations(counters));
    return new MetricSnapshots(all);
  }

  private static MetricSnapshot requests(Counters counters) {
    CounterSnapshot.Builder requests =
        CounterSnapshot.builder()
            .name("copper_requests")
            .help("Requests of the kernel by operation and outcome");
    for (Map.Entry<Operation, OperationStats> entry : counters.operations().entrySet()) {
      if (entry.getKey().layer() == Operation.Layer.FUSE) {
        String operation = entry.getKey().name();
        OperationTotals totals = entry.getValue().lifetime();
        requests.dataPoint(request(operation, "hit", totals.hits()));
        requests.dataPoint(request(operation, "miss", totals.misses()));
        requests.dataPoint(request(operation, "negative", totals.negatives()));
      }
    }
    return requests.build();
  }

  private static CounterSnapshot.CounterDataPointSnapshot request(
      String operation, String outcome, long value) {
    return CounterSnapshot.CounterDataPointSnapshot.builder()
        .labels(Labels.of("operation", operation, "outcome", outcome))
        .value((double) value)
        .build();
  }

  private static MetricSnapshot durations(Counters counters) {
    HistogramSnapshot.Builder durations =
        HistogramSnapshot.builder()
            .name("copper_operation_duration_seconds")
            .help("How long operations took, by layer: fuse, storage, served, asked");
    counters
        .operations()
        .forEach((operation, stats) -> durations.dataPoint(duration(operation, stats)));
    return durations.build();
  }

  private static HistogramSnapshot.HistogramDataPointSnapshot duration(
      Operation operation, OperationStats stats) {
    AbstractHistogram latency = stats.latency();
    long[] counts = new long[BOUNDS.length + 1];
    for (HistogramIterationValue value : latency.recordedValues()) {
      int bucket = 0;
      while (bucket < BOUNDS.length && value.getValueIteratedTo() / 1e9 > BOUNDS[bucket]) {
        bucket++;
      }
      counts[bucket] += value.getCountAddedInThisIterationStep();
    }
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    for (int i = 0; i < counts.length; i++) {
      buckets.bucket(i < BOUNDS.length ? BOUNDS[i] : Double.POSITIVE_INFINITY, counts[i]);
    }
    String layer = operation.layer().name().toLowerCase(Locale.ROOT);
    return HistogramSnapshot.HistogramDataPointSnapshot.builder()
        .labels(Labels.of("layer", layer, "operation", operation.name()))
        .classicHistogramBuckets(buckets.build())
        .sum(stats.lifetime().seconds())
        .build();
  }

  /** Stops serving. */
  @Override
  public void close() {
    server.close();
  }
}
