package copper.simulate;

import java.util.List;

/**
 * What a simulation found.
 *
 * @param trees the number of trees
 * @param lost the number of nodes that were lost
 * @param nodes each other node, in the order of the address book
 * @param storageBytes bytes read from storage by all roots together
 * @param unlike answers that were other ones than in the trace, as to errno
 * @param late calls that a real node would have given up and repeated
 * @param events the events it took
 * @param end the virtual time at which the last one ran, in ns
 */
public record Result(
    int trees,
    int lost,
    List<NodeResult> nodes,
    long storageBytes,
    long unlike,
    long late,
    long events,
    long end) {
  /** Takes an unmodifiable copy of the list. */
  public Result {
    nodes = List.copyOf(nodes);
  }

  /** Returns the number of levels below the root. */
  public int depth() {
    return nodes.stream().mapToInt(NodeResult::level).max().orElse(0);
  }
}
