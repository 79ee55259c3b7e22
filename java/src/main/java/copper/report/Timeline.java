package copper.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What all nodes together did in each stretch of time.
 *
 * <p>Nodes write their counts at moments of their own; between two of them, a count is taken to
 * have grown evenly.
 */
final class Timeline {
  private static final int MOST_STRETCHES = 240;
  private static final long SHORTEST_MILLIS = 1000;

  private final long from;
  private final long stretch;
  private final int count;
  private final Map<String, double[]> sums = new LinkedHashMap<>();

  /** Adds up the series of {@code nodes}. */
  Timeline(List<NodeProfile> nodes) {
    List<List<NodeProfile.Sample>> all = new ArrayList<>();
    for (NodeProfile node : nodes) {
      if (node.series().size() > 1) {
        all.add(node.series());
      }
    }
    long start = all.stream().mapToLong(series -> series.get(0).millis()).min().orElse(0);
    long end =
        all.stream().mapToLong(series -> series.get(series.size() - 1).millis()).max().orElse(0);
    from = start;
    stretch = Math.max(SHORTEST_MILLIS, (end - start + MOST_STRETCHES - 1) / MOST_STRETCHES);
    count = all.isEmpty() ? 0 : (int) ((end - start) / stretch) + 1;
    all.forEach(this::add);
  }

  private void add(List<NodeProfile.Sample> series) {
    for (int i = 1; i < series.size(); i++) {
      NodeProfile.Sample a = series.get(i - 1);
      NodeProfile.Sample b = series.get(i);
      double hits = growth(a, b, "fuse_from_cache");
      double missed = growth(a, b, "fuse_missed");
      double asked = growth(a, b, "rpc_asked");
      double read = growth(a, b, "storage_calls");
      // A node asks its parent or storage; only one that lost its parent just now does both.
      double toStorage = asked + read > 0 ? read / (asked + read) : 0;
      spread(a.millis(), b.millis(), "cache", hits);
      spread(a.millis(), b.millis(), "parent", missed * (1 - toStorage));
      spread(a.millis(), b.millis(), "storage", missed * toStorage);
      spread(a.millis(), b.millis(), "storage_calls", read);
      spread(a.millis(), b.millis(), "storage_bytes", growth(a, b, "storage_bytes"));
      spread(a.millis(), b.millis(), "node_bytes", growth(a, b, "rpc_bytes_in"));
    }
  }

  private static double growth(NodeProfile.Sample a, NodeProfile.Sample b, String column) {
    double before = a.values().getOrDefault(column, 0.0);
    return Math.max(0, b.values().getOrDefault(column, 0.0) - before);
  }

  private void spread(long begin, long end, String name, double amount) {
    double[] sum = sums.computeIfAbsent(name, key -> new double[count]);
    if (amount == 0) {
      return;
    }
    long length = Math.max(1, end - begin);
    for (int i = at(begin); i <= at(end); i++) {
      long low = Math.max(begin, from + i * stretch);
      long high = Math.min(end, from + (i + 1L) * stretch);
      sum[i] += end <= begin ? amount : amount * Math.max(0, high - low) / length;
    }
  }

  private int at(long millis) {
    return (int) Math.max(0, Math.min(count - 1L, (millis - from) / stretch));
  }

  /** Returns the number of stretches; 0 if no node wrote a series. */
  int count() {
    return count;
  }

  /** Returns the length of a stretch in seconds. */
  double seconds() {
    return stretch / 1000.0;
  }

  /** Returns the middle of each stretch, in seconds from the start of the first node. */
  double[] times() {
    double[] times = new double[count];
    for (int i = 0; i < count; i++) {
      times[i] = (i + 0.5) * seconds();
    }
    return times;
  }

  /** Returns what was done in each stretch, by name, for each second of it. */
  Map<String, double[]> rates() {
    Map<String, double[]> rates = new LinkedHashMap<>();
    sums.forEach(
        (name, sum) -> {
          double[] rate = new double[count];
          for (int i = 0; i < count; i++) {
            rate[i] = sum[i] / seconds();
          }
          rates.put(name, rate);
        });
    return rates;
  }
}
