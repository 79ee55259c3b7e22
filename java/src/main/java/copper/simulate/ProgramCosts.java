package copper.simulate;

import copper.cache.Budget;
import copper.store.CooperativeStore;
import copper.trace.Trace;
import copper.tree.Costs;
import copper.tree.TreeRule;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Finds out what a recorded program asks of its node's parent, by having it run on two nodes. */
public final class ProgramCosts {
  private static final long MEMORY = 4L << 30;

  private static final CooperativeStore.Limits LIMITS =
      new CooperativeStore.Limits(10 << 20, Duration.ofMinutes(10), Budget.of(MEMORY, MEMORY));

  private static final Parameters.StorageSpeed STORAGE =
      new Parameters.StorageSpeed(TimeUnit.MILLISECONDS.toNanos(1), 2_000_000_000, 64, 32);

  private ProgramCosts() {}

  /**
   * Returns {@code network} with what the program of {@code trace} costs in place of its own.
   *
   * @param names what storage holds
   */
  public static Costs of(Trace trace, Names names, Costs network) {
    Parameters parameters =
        new Parameters(
            TreeRule.original(1),
            new Parameters.Links(network.latency(), network.bandwidth(), network.message()),
            STORAGE,
            new Parameters.Load(
                TimeUnit.MICROSECONDS.toNanos(20), 0, 0, TimeUnit.SECONDS.toNanos(1)),
            LIMITS,
            List.of(),
            1);
    NodeResult child = Simulation.run(trace, names, parameters, 2).nodes().get(1);
    long calls = Math.max(1, child.calls());
    Costs costs = network.withProgram(0, calls, child.bytesIn());
    double waited = calls * costs.call();
    return network.withProgram((long) Math.max(0, child.took() - waited), calls, child.bytesIn());
  }
}
