package copper.simulate;

import copper.cache.Budget;
import copper.config.PushMode;
import copper.store.CooperativeStore;
import copper.trace.Trace;
import copper.tree.Costs;
import copper.tree.TreeRule;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** Finds out what a recorded program asks of its node's parent, by having it run below one. */
public final class ProgramCosts {
  private static final long MEMORY = 4L << 30;

  private static final CooperativeStore.Limits LIMITS =
      new CooperativeStore.Limits(10 << 20, Duration.ofMinutes(10), Budget.of(MEMORY, MEMORY));

  private static final Parameters.StorageSpeed STORAGE =
      new Parameters.StorageSpeed(TimeUnit.MILLISECONDS.toNanos(1), 2_000_000_000, 64, 32);

  /** Enough children to tell what one more makes. */
  private static final int SEVERAL = 8;

  private ProgramCosts() {}

  /**
   * Returns {@code network} with what the program of {@code trace} costs in place of its own.
   *
   * @param names what storage holds
   */
  public static Costs of(Trace trace, Names names, Costs network) {
    Result one = star(trace, names, network, 1);
    Result several = star(trace, names, network, SEVERAL);
    NodeResult child = one.nodes().get(1);
    long calls = Math.max(1, child.calls());
    Costs costs = network.withProgram(0, calls, child.bytesIn(), 0);
    long alone = slowest(one);
    double each = (double) Math.max(0, slowest(several) - alone) / (SEVERAL - 1);
    double contended = Math.min((double) child.bytesIn(), each * network.bandwidth() / 1e9);
    return network.withProgram(
        (long) Math.max(0, alone - calls * costs.call()), calls, child.bytesIn(), (long) contended);
  }

  private static long slowest(Result result) {
    return result.nodes().stream().mapToLong(NodeResult::took).max().orElseThrow();
  }

  /** Has the program run on a root and so many children. */
  private static Result star(Trace trace, Names names, Costs network, int children) {
    Parameters parameters =
        new Parameters(
            new TreeRule(1, OptionalInt.of(SEVERAL), false),
            new Parameters.Links(network.latency(), network.bandwidth(), network.message()),
            STORAGE,
            new Parameters.Load(
                TimeUnit.MICROSECONDS.toNanos(20), 0, 0, TimeUnit.SECONDS.toNanos(1)),
            LIMITS,
            PushMode.OFF,
            List.of(),
            1);
    return Simulation.run(trace, names, parameters, 1 + children);
  }
}
