package copper.node;

import com.sun.management.UnixOperatingSystemMXBean;
import copper.fuse.Mount;
import copper.metrics.Pending;
import copper.storage.CountingStorage;
import copper.store.CooperativeStore;
import copper.store.Fill;
import copper.store.Neighbor;
import copper.store.ServedBy;
import copper.transport.LinkState;
import copper.transport.RpcTransport;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a node is at just now, as text for people: what waits and for how long, whom it asks, how
 * full it is.
 *
 * <p>Takes nothing but short looks at what is there, so that it can be had while all else waits.
 *
 * @param target the directory that is mirrored
 * @param place where it is mounted
 * @param mount answers the kernel; borrowed, as all others are
 * @param storage where the node reads itself, if it does
 */
record NodeState(
    String target,
    Path place,
    Mount mount,
    CooperativeStore store,
    CountingStorage storage,
    RpcTransport transport) {
  /** So many lines of each kind; the oldest first. */
  private static final int MOST_LINES = 50;

  private static final long MIB = 1 << 20;

  /** Returns the text, in whole lines. */
  String text() {
    long now = System.nanoTime();
    List<String> lines = new ArrayList<>();
    lines.add(
        "node "
            + transport.address()
            + ", process "
            + ProcessHandle.current().pid()
            + ", "
            + target
            + " at "
            + place
            + (mount.isServed() ? "" : "; NOBODY READS THE KERNEL'S REQUESTS"));
    lines.add(servedBy(store.servedBy()));
    add(lines, "requests of the kernel without an answer", pending(mount.pending(), now));
    add(lines, "calls of other nodes without an answer", pending(store.pending(), now));
    add(lines, "calls of storage that go on", pending(storage.pending(), now));
    add(lines, "being fetched", store.fetches());
    add(lines, "nodes it may ask", store.neighbors().stream().map(NodeState::line).toList());
    add(lines, "links", transport.links().stream().map(NodeState::line).toList());
    lines.add(fill(store.fill()));
    lines.addAll(process());
    return String.join("\n", lines) + "\n";
  }

  private static String servedBy(ServedBy by) {
    return "served by "
        + by.role().word()
        + by.address().map(address -> " " + address).orElse("")
        + ", for "
        + seconds(by.since());
  }

  private static void add(List<String> lines, String what, List<String> each) {
    lines.add(what + ": " + each.size());
    each.stream().limit(MOST_LINES).forEach(line -> lines.add("  " + line));
    if (each.size() > MOST_LINES) {
      lines.add("  and " + (each.size() - MOST_LINES) + " more");
    }
  }

  private static List<String> pending(List<Pending> pending, long now) {
    return pending.stream()
        .sorted(Comparator.comparingLong(one -> one.since() - now))
        .map(one -> one + ", for " + seconds(Duration.ofNanos(now - one.since())))
        .toList();
  }

  private static String line(Neighbor node) {
    return node.role().word()
        + " "
        + node.address()
        + (node.serves() ? ": is asked" : "")
        + (node.lost() ? ": lost" : "")
        + "; "
        + node.pending()
        + " calls under way, last heard of "
        + seconds(node.silence())
        + " ago";
  }

  private static String line(LinkState link) {
    return link.address()
        + (link.connected() ? "" : ", not connected")
        + ": "
        + link.calls()
        + " calls, "
        + link.queuedBytes()
        + " bytes queued";
  }

  private static String fill(Fill fill) {
    return String.format(
        Locale.ROOT,
        "kept: attributes of %d, %d directories, %d files, %d chunks; %d MiB of names, %d of at most"
            + " %d MiB of data",
        fill.attributes(),
        fill.directories(),
        fill.files(),
        fill.chunks(),
        fill.metadataBytes() / MIB,
        fill.dataBytes() / MIB,
        fill.dataLimit() / MIB);
  }

  private static List<String> process() {
    Runtime runtime = Runtime.getRuntime();
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    String memory =
        String.format(
            Locale.ROOT,
            "memory: %d of at most %d MiB on the heap, %d MiB outside it",
            (runtime.totalMemory() - runtime.freeMemory()) / MIB,
            runtime.maxMemory() / MIB,
            direct / MIB);
    List<String> lines = new ArrayList<>(List.of(memory));
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      lines.add(
          "descriptors: "
              + unix.getOpenFileDescriptorCount()
              + " of at most "
              + unix.getMaxFileDescriptorCount());
    }
    lines.add("threads: " + threads());
    return lines;
  }

  /** Counts the threads by their names, the numbers at the end left out. */
  private static String threads() {
    Map<String, Long> byName =
        Thread.getAllStackTraces().keySet().stream()
            .collect(
                Collectors.groupingBy(
                    thread -> thread.getName().replaceAll("[-#\\d]+$", ""),
                    TreeMap::new,
                    Collectors.counting()));
    return byName.entrySet().stream()
        .map(entry -> entry.getValue() + " " + entry.getKey())
        .collect(Collectors.joining(", "));
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
  }
}
