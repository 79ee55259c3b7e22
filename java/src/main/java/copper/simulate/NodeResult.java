package copper.simulate;

import copper.metrics.Counter;
import copper.metrics.Counters;

/**
 * What became of one node.
 *
 * @param level its steps to the root of its tree
 * @param took how long its program took, in ns
 * @param calls its calls of its parent
 * @param bytesIn payload bytes of the answers, which is what its caches hold in the end as long as
 *     they have room
 * @param served calls of its children
 * @param bytesOut payload bytes of the answers to them
 * @param storage operations on storage
 * @param longestWait how long its program waited for the answer that took longest, in ns
 * @param failovers how often it went to another node, or to storage, for its answers
 * @param pushed things sent to its children before they asked
 * @param pushedBytes payload bytes of these
 * @param pushTaken things its parent sent it so, and it kept
 * @param pushUsed what its program and its children asked for of these
 */
public record NodeResult(
    int level,
    long took,
    long calls,
    long bytesIn,
    long served,
    long bytesOut,
    long storage,
    long longestWait,
    long failovers,
    long pushed,
    long pushedBytes,
    long pushTaken,
    long pushUsed) {

  static NodeResult of(int level, Replay replay, Counters counters) {
    return new NodeResult(
        level,
        replay.took(),
        counters.get(Counter.RPC_SENT),
        counters.get(Counter.RPC_BYTES_IN),
        counters.get(Counter.RPC_SERVED),
        counters.get(Counter.RPC_BYTES_OUT),
        storageOperations(counters),
        replay.longestWait(),
        counters.get(Counter.FAILOVERS),
        counters.get(Counter.PUSHED),
        counters.get(Counter.PUSHED_BYTES),
        counters.get(Counter.PUSH_TAKEN),
        counters.get(Counter.PUSH_USED));
  }

  private static long storageOperations(Counters counters) {
    return Counter.STORAGE_CALLS.stream().mapToLong(counters::get).sum();
  }
}
