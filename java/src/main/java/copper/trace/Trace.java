package copper.trace;

import copper.model.RawPath;
import java.util.Comparator;
import java.util.List;

/**
 * A recording of what was asked of a node.
 *
 * @param target the directory that was mirrored
 * @param entries the requests, in the order in which they were made
 * @param complete whether it was written to its end
 * @param dropped how many requests are not in it
 */
public record Trace(RawPath target, List<TraceEntry> entries, boolean complete, long dropped) {
  /** Puts the requests in order. */
  public Trace {
    entries = entries.stream().sorted(Comparator.comparingLong(TraceEntry::start)).toList();
  }
}
