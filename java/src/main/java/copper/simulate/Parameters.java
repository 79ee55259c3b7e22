package copper.simulate;

import copper.config.PushMode;
import copper.store.CooperativeStore;
import copper.tree.TreeRule;
import java.util.List;

/**
 * What a simulation assumes. All times are in ns, all speeds in bytes per second.
 *
 * @param rule how the nodes become trees
 * @param links the network
 * @param storage the storage that all roots share
 * @param load the programs on the nodes
 * @param limits the bounds of each node's caches
 * @param push whether nodes send their children what these have not asked for
 * @param losses nodes that fall silent for good
 * @param seed of the random numbers behind all jitter
 */
public record Parameters(
    TreeRule rule,
    Links links,
    StorageSpeed storage,
    Load load,
    CooperativeStore.Limits limits,
    PushMode push,
    List<Loss> losses,
    long seed) {
  /** Takes an unmodifiable copy of the losses. */
  public Parameters {
    losses = List.copyOf(losses);
  }

  /**
   * A node that is lost: it neither says a word any more nor refuses one, as if it had no power.
   *
   * @param node its number in the address book, from 0
   * @param time when, in ns from the start
   */
  public record Loss(int node, long time) {}

  /** Returns these parameters with another rule for the trees. */
  public Parameters withRule(TreeRule other) {
    return new Parameters(other, links, storage, load, limits, push, losses, seed);
  }

  /**
   * The network.
   *
   * @param latency from one node to another
   * @param bandwidth of each node, in either direction
   * @param message what it costs a node's processor to send or to receive a message; these go one
   *     after the other
   */
  public record Links(long latency, long bandwidth, long message) {}

  /**
   * The storage.
   *
   * @param latency of each operation
   * @param bandwidth of all reads together
   * @param concurrency how many operations it works on at a time
   * @param threads how many a root sends at a time
   */
  public record StorageSpeed(long latency, long bandwidth, int concurrency, int threads) {}

  /**
   * The programs.
   *
   * @param request what each request costs beside the time for the answer
   * @param spread the programs start within this time
   * @param jitter 0 to 1: the part by which latencies and pauses differ from what is said
   * @param longestPause a program's pauses between requests are cut to this
   */
  public record Load(long request, long spread, double jitter, long longestPause) {}
}
