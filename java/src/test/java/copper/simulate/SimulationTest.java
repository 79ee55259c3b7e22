package copper.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.Budget;
import copper.config.PushMode;
import copper.store.CooperativeStore;
import copper.trace.Trace;
import copper.tree.Costs;
import copper.tree.TreeRule;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a simulation of the real stores finds: the promises that a tree of nodes makes. */
class SimulationTest {
  private static final CooperativeStore.Limits LIMITS =
      new CooperativeStore.Limits(10 << 20, Duration.ofMinutes(10), Budget.of(256 << 20, 64 << 20));

  private final Folder folder = new Folder();

  private static Parameters parameters(int trees, long storageLatency, long seed) {
    return new Parameters(
        TreeRule.original(trees),
        new Parameters.Links(10_000, 1_200_000_000, 10_000),
        new Parameters.StorageSpeed(storageLatency, 2_000_000_000, 64, 32),
        new Parameters.Load(20_000, 1_000_000, 0.1, 1_000_000_000),
        LIMITS,
        PushMode.OFF,
        List.of(),
        seed);
  }

  private Result simulate(int nodes) {
    return Simulation.run(folder.trace(), folder, parameters(1, 1_000_000, 1), nodes);
  }

  private static long storage(Result result) {
    return result.nodes().stream().mapToLong(NodeResult::storage).sum();
  }

  @Test
  void whatAProgramCostsIsWhatANodeBelowTheRootHas() {
    Costs network = new Costs(10_000, 1_200_000_000, 10_000, 1, 1, 1, 1);
    Costs costs = ProgramCosts.of(folder.trace(), folder, network);
    NodeResult child = simulate(2).nodes().get(1);
    assertEquals(child.calls(), costs.calls());
    assertEquals(child.bytesIn(), costs.bytes());
    assertEquals(10_000, costs.latency());
    assertTrue(costs.contended() <= costs.bytes());
    assertTrue(costs.program() > 0 && costs.program() < child.took());
  }

  @Test
  void aFanOutOfItsOwnMakesItsOwnTree() {
    Parameters original = parameters(1, 1_000_000, 1);
    Parameters wide = original.withRule(new TreeRule(1, OptionalInt.of(14), false));
    assertEquals(3, Simulation.run(folder.trace(), folder, original, 15).depth());
    assertEquals(1, Simulation.run(folder.trace(), folder, wide, 15).depth());
  }

  @Test
  void storageIsAskedAsOftenByManyNodesAsByTwo() {
    Result two = simulate(2);
    for (int nodes : new int[] {15, 200}) {
      Result many = simulate(nodes);
      assertEquals(storage(two), storage(many), nodes + " nodes");
      assertEquals(folder.bytes(), many.storageBytes(), nodes + " nodes");
    }
  }

  @Test
  void onlyRootsReadStorage() {
    Result result = Simulation.run(folder.trace(), folder, parameters(3, 1_000_000, 1), 50);
    for (NodeResult node : result.nodes()) {
      assertEquals(node.level() == 0, node.storage() > 0, node::toString);
      assertEquals(node.level() == 0, node.calls() == 0, node::toString);
    }
    assertEquals(3 * folder.bytes(), result.storageBytes());
    assertEquals(3, result.nodes().stream().filter(node -> node.level() == 0).count());
  }

  @Test
  void everyNodeHasTheAnswersOfTheTrace() {
    Result result = simulate(40);
    assertEquals(0, result.unlike());
    assertEquals(0, result.late());
    for (NodeResult node : result.nodes()) {
      assertTrue(node.level() == 0 || node.bytesIn() > folder.bytes(), node::toString);
    }
  }

  @Test
  void whatChildrenAreSentIsWhatTheyGet() {
    Result result = simulate(40);
    assertEquals(
        result.nodes().stream().mapToLong(NodeResult::bytesOut).sum(),
        result.nodes().stream().mapToLong(NodeResult::bytesIn).sum());
    assertEquals(
        result.nodes().stream().mapToLong(NodeResult::served).sum(),
        result.nodes().stream().mapToLong(NodeResult::calls).sum());
  }

  @Test
  void theSameSeedGivesTheSameNumbersAndAnotherOneOthers() {
    String first = csv(1);
    assertEquals(first, csv(1));
    assertNotEquals(first, csv(2));
  }

  private String csv(long seed) {
    Table table = new Table();
    table.add(Simulation.run(folder.trace(), folder, parameters(1, 1_000_000, seed), 15));
    return table.csv();
  }

  @Test
  void slowStorageCostsEachOfItsAnswersOnceAndNotOnEachLevel() {
    long fast = slowest(Simulation.run(folder.trace(), folder, parameters(1, 1_000, 1), 60));
    long slow = slowest(Simulation.run(folder.trace(), folder, parameters(1, 5_000_000, 1), 60));
    assertTrue(slow > fast + 5_000_000, fast + " and " + slow);
    assertTrue(slow < fast + 5_000_000L * folder.trace().entries().size(), fast + " and " + slow);
  }

  private static long slowest(Result result) {
    return result.nodes().stream().mapToLong(NodeResult::took).max().orElseThrow();
  }

  @Test
  void namesOfTheTraceAloneAreEnoughForItsProgram() {
    Result result =
        Simulation.run(
            folder.trace(), new TracedNames(folder.trace()), parameters(1, 1_000_000, 1), 15);
    assertEquals(0, result.unlike());
    assertEquals(folder.bytes(), result.storageBytes());
  }

  @Test
  void theTableHasALineForAllNodesAndForEachLevel() {
    Table table = new Table();
    table.add(simulate(2));
    table.add(simulate(15));
    List<String> lines = table.csv().lines().toList();
    assertEquals(1 + 3 + 5, lines.size());
    int columns = lines.get(0).split(",", -1).length;
    lines.forEach(line -> assertEquals(columns, line.split(",", -1).length, line));
    assertTrue(lines.get(1).startsWith("2,1,1,all,2,"), lines.get(1));
    assertTrue(lines.get(8).startsWith("15,1,3,3,8,"), lines.get(8));
    String plot = Plot.svg(table.results());
    assertTrue(plot.startsWith("<svg ") && plot.endsWith("</svg>\n"), plot);
    assertEquals(4, plot.split("<polyline", -1).length - 1);
  }

  private Result lose(int nodes, int... lost) {
    Parameters all = parameters(1, 1_000_000, 1);
    List<Parameters.Loss> losses =
        IntStream.of(lost).mapToObj(node -> new Parameters.Loss(node, 5_000_000)).toList();
    return Simulation.run(
        folder.trace(),
        folder,
        new Parameters(
            all.rule(),
            all.links(),
            all.storage(),
            all.load(),
            all.limits(),
            all.push(),
            losses,
            all.seed()),
        nodes);
  }

  private static long readers(Result result) {
    return result.nodes().stream().filter(node -> node.storage() > 0).count();
  }

  @Test
  void ofALostInnerNodeNobodyButItsChildrenTakesNotice() {
    Result result = lose(200, 2);
    assertEquals(1, result.lost());
    assertEquals(199, result.nodes().size());
    assertEquals(0, result.unlike());
    assertEquals(1, readers(result));
    assertEquals(4, result.nodes().stream().mapToLong(NodeResult::failovers).sum());
  }

  @Test
  void ofALostRootsChildrenOneReadsStorage() {
    Result result = lose(200, 0);
    assertEquals(0, result.unlike());
    assertEquals(1, readers(result), "the root itself is not counted");
    assertEquals(4, result.nodes().stream().mapToLong(NodeResult::failovers).sum());
  }

  /** Some programs begin up to 200 ms later than others. */
  private Result push(PushMode mode, List<Trace> traces) {
    Parameters all = parameters(1, 1_000_000, 1);
    Parameters.Load load = new Parameters.Load(20_000, 200_000_000, 0.1, 1_000_000_000);
    return Simulation.run(
        traces,
        folder,
        new Parameters(
            all.rule(), all.links(), all.storage(), load, all.limits(), mode, List.of(), 1),
        60);
  }

  private static long sum(Result result, ToLongFunction<NodeResult> value) {
    return result.nodes().stream().mapToLong(value).sum();
  }

  @Test
  void whatIsSentUnaskedSparesCalls() {
    Result off = push(PushMode.OFF, List.of(folder.trace()));
    Result on = push(PushMode.ON, List.of(folder.trace()));
    assertEquals(0, on.unlike());
    assertEquals(off.storageBytes(), on.storageBytes());
    assertEquals(0, sum(off, NodeResult::pushed));
    assertTrue(sum(on, NodeResult::pushUsed) > 0);
    assertTrue(sum(on, NodeResult::calls) < sum(off, NodeResult::calls));
    assertEquals(on, push(PushMode.ON, List.of(folder.trace())));
  }

  @Test
  void aLossIsSimulatedTheSameEveryTime() {
    assertEquals(lose(60, 0, 1), lose(60, 0, 1));
  }
}
