package copper.tree;

import java.util.OptionalInt;

/**
 * Chooses the fan-out of a tree by what bringing a program to all its nodes is expected to take.
 *
 * <p>The programs run at the same time, so a node mostly finds at its parent what it asks for, and
 * the levels work at once: depth costs one call of its busiest kind a level, not each call again. A
 * node that has many children spends its processor and its link on each of them, while the others
 * wait: that is what large files take. So with fan-out k
 *
 * <pre>
 *   call  = 2 latency + 4 message + 2 b / bandwidth          b = bytes / calls
 *   turn  = max(2 message, b / bandwidth)                    of one child at its parent
 *   busy  = max(2 (k + 1) message calls, k bytes / bandwidth)
 *   wait  = (k - 1) contended / bandwidth
 *   time  = max(program + calls call + wait, busy) + depth (call + (k - 1) turn)
 * </pre>
 *
 * <p>Only +, -, * and / on doubles are used, which give the same everywhere, for all nodes must
 * come to the same choice.
 */
public final class FanOuts {
  /** More children than these are not thought of: so many would lose their parent at once. */
  static final int MOST = 64;

  /** The original's fan-out stays unless another one takes less than this part of its time. */
  private static final double WORTH_IT = 0.95;

  private FanOuts() {}

  /** Returns the rule that suits the costs. A fan-out that is asked for stays as it is. */
  public static TreeRule rule(Costs costs, int nodes, int trees, OptionalInt fanOut) {
    int size = new TreeSegments(nodes, trees).size(0);
    int chosen = fanOut.isPresent() ? fanOut.getAsInt() : choose(costs, size);
    return new TreeRule(trees, OptionalInt.of(chosen), true);
  }

  /** Returns the fan-out for a tree of {@code size} nodes. */
  public static int choose(Costs costs, int size) {
    int original = TreeShape.of(size).fanOut();
    int best = original;
    for (int fanOut = TreeRule.LEAST_FAN_OUT; fanOut <= Math.min(MOST, size - 1); fanOut++) {
      if (seconds(costs, size, fanOut) < seconds(costs, size, best)) {
        best = fanOut;
      }
    }
    boolean worth = seconds(costs, size, best) < WORTH_IT * seconds(costs, size, original);
    return worth ? best : original;
  }

  /** Returns how long it takes until the program has ended on the last node. */
  public static double seconds(Costs costs, int size, int fanOut) {
    double each = costs.wire((double) costs.bytes() / costs.calls());
    int children = Math.min(fanOut, size - 1);
    double call = costs.call();
    double turn = Math.max(2.0 * costs.message(), each);
    double processor = 2.0 * (children + 1) * costs.message() * costs.calls();
    double busy = Math.max(processor, children * costs.wire((double) costs.bytes()));
    double alone = costs.program() + costs.calls() * call;
    double wait = Math.max(0, children - 1) * costs.wire((double) costs.contended());
    int depth = new TreeShape(size, fanOut).ancestors(size - 1).size();
    double way = depth * (call + Math.max(0, children - 1) * turn);
    return (Math.max(alone + wait, busy) + way) / 1e9;
  }
}
