package copper.control;

import copper.codec.PrefetchItem;
import copper.codec.PrefetchItem.Kind;
import copper.model.RawPath;
import copper.trace.Trace;
import copper.trace.TraceEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** What a trace's run touched, as items to prefetch: directories first, each thing once. */
final class PrefetchTrace {
  /** Reads are rounded to stretches of this size, and those that touch become one. */
  private static final long STRETCH = 256 << 10;

  private final Map<RawPath, SortedSet<Long>> stretches = new LinkedHashMap<>();
  private final Set<PrefetchItem> names = new LinkedHashSet<>();
  private final Set<PrefetchItem> attributes = new LinkedHashSet<>();
  private final Set<PrefetchItem> links = new LinkedHashSet<>();

  private PrefetchTrace() {}

  /** Returns the items. */
  static List<PrefetchItem> items(Trace trace) {
    PrefetchTrace all = new PrefetchTrace();
    trace.entries().stream().filter(entry -> entry.answer().errno() == 0).forEach(all::add);
    List<PrefetchItem> items = new ArrayList<>(all.names);
    items.addAll(all.attributes);
    items.addAll(all.links);
    all.stretches.forEach((path, touched) -> addReads(path, touched, items));
    return items;
  }

  private void add(TraceEntry entry) {
    RawPath path = entry.path();
    switch (entry.operation()) {
      case STAT -> attributes.add(PrefetchItem.of(Kind.ATTRIBUTES, path));
      case LIST -> names.add(PrefetchItem.of(Kind.NAMES, path));
      case LINK -> links.add(PrefetchItem.of(Kind.LINK, path));
      case READ -> read(entry);
      case STATFS -> {}
    }
  }

  private void read(TraceEntry entry) {
    // An empty file has no stretch; its attributes are in the trace.
    long end = entry.offset() + entry.answer().size();
    for (long at = entry.offset() / STRETCH; at * STRETCH < end; at++) {
      stretches.computeIfAbsent(entry.path(), path -> new TreeSet<>()).add(at);
    }
  }

  private static void addReads(RawPath path, SortedSet<Long> touched, List<PrefetchItem> items) {
    long from = touched.first();
    long to = from;
    for (long at : touched) {
      if (at > to) {
        items.add(new PrefetchItem(Kind.FILE, path, from * STRETCH, (to - from) * STRETCH));
        from = at;
      }
      to = at + 1;
    }
    items.add(new PrefetchItem(Kind.FILE, path, from * STRETCH, (to - from) * STRETCH));
  }
}
