package copper.simulate;

import copper.codec.Hello;
import copper.config.PushMode;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.storage.CountingStorage;
import copper.storage.ServedPaths;
import copper.storage.Storage;
import copper.store.CooperativeStore;
import copper.store.RpcService;
import copper.store.ServedBy;
import copper.store.Timeouts;
import copper.trace.Trace;
import copper.transport.RpcTransport;
import copper.tree.Above;
import copper.tree.TreeSegments;
import copper.tree.TreeShape;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Nodes on which a program runs, each with its own, and all with empty caches.
 *
 * <p>The same trace, names, parameters and number of nodes give the same result.
 */
public final class Simulation {
  private final Parameters parameters;
  private final List<Program> programs;
  private final Names names;

  private final VirtualTime time = new VirtualTime();
  private final Jitter jitter;
  private final Network network;
  private final StorageModel model;
  private final List<Node> nodes = new ArrayList<>();
  private final List<StorageThreads> threads = new ArrayList<>();

  /** Programs that are not over and whose nodes are not lost. */
  private int running;

  private record Node(String address, int level, Counters counters, Replay replay) {}

  private Simulation(List<Trace> traces, Names names, Parameters parameters) {
    this.parameters = parameters;
    this.names = names;
    this.programs =
        traces.stream().map(trace -> new Program(trace, parameters.load().longestPause())).toList();
    this.jitter = new Jitter(parameters.seed(), parameters.load().jitter());
    this.network = new Network(time, parameters.links(), !parameters.losses().isEmpty(), jitter);
    this.model = new StorageModel(time, parameters.storage(), jitter);
  }

  /**
   * Has the program of {@code trace} run on so many nodes.
   *
   * @param names what storage holds
   * @param nodes at least as many as there are trees
   */
  public static Result run(Trace trace, Names names, Parameters parameters, int nodes) {
    return run(List.of(trace), names, parameters, nodes);
  }

  /** Has the programs of {@code traces} run, on each node the next one in turn. */
  public static Result run(List<Trace> traces, Names names, Parameters parameters, int nodes) {
    Simulation simulation = new Simulation(traces, names, parameters);
    try {
      simulation.build(nodes);
      simulation.time.run(() -> simulation.running > 0);
      return simulation.result();
    } finally {
      simulation.threads.forEach(StorageThreads::close);
    }
  }

  private void build(int count) {
    TreeSegments segments = new TreeSegments(count, parameters.rule().trees());
    Storage storage = new ZeroStorage(names, model);
    for (int number = 0; number < count; number++) {
      int tree = segments.treeOf(number);
      int index = segments.indexOf(number);
      TreeShape shape = parameters.rule().shape(segments.size(tree));
      Above above =
          new Above(
              addresses(segments, tree, shape.ancestors(index)),
              addresses(segments, tree, shape.standIns(index)));
      nodes.add(node(address(number), programs.get(number % programs.size()), above, storage));
    }
    running = count;
    nodes.forEach(node -> node.replay().schedule());
    for (Parameters.Loss loss : parameters.losses()) {
      time.at(loss.time(), () -> lose(nodes.get(loss.node())));
    }
  }

  private void lose(Node node) {
    network.lose(node.address());
    if (node.replay().breakOff()) {
      running--;
    }
  }

  private static List<String> addresses(TreeSegments segments, int tree, List<Integer> indices) {
    return indices.stream().map(index -> address(segments.node(tree, index))).toList();
  }

  private static String address(int number) {
    return "node-" + number;
  }

  private Node node(String address, Program program, Above above, Storage storage) {
    Counters counters = new Counters();
    RpcTransport transport = network.join(address);
    AtomicReference<CooperativeStore> made = new AtomicReference<>();
    CooperativeStore store =
        CooperativeStore.create(
            above,
            transport,
            new CountingStorage(storage, counters),
            parameters.limits(),
            Timeouts.DEFAULT,
            new CooperativeStore.Environment(
                    // Messages are shared, so that a part may keep all of one.
                    storageThreads(address, made),
                    time,
                    time,
                    counters,
                    part -> part,
                    ServedPaths.ALL,
                    Hello.own(),
                    PushMode.OFF)
                .pushing(parameters.push()));
    made.set(store);
    new RpcService(store, counters).register(transport);
    long begin = jitter.within(parameters.load().spread());
    return new Node(
        address,
        above.ancestors().size(),
        counters,
        new Replay(program, store, time, parameters.load(), jitter, begin, () -> running--));
  }

  /** Nodes that do not read storage need no threads, of which there would be too many. */
  private Executor storageThreads(String address, AtomicReference<CooperativeStore> store) {
    StorageThreads own = new StorageThreads(time, parameters.storage().threads());
    threads.add(own);
    return task -> {
      if (!network.isLost(address)) {
        boolean reads = store.get().servedBy().role() == ServedBy.Role.STORAGE;
        (reads ? own : time).execute(task);
      }
    };
  }

  private Result result() {
    List<NodeResult> results = new ArrayList<>(nodes.size());
    long bytes = 0;
    long unlike = 0;
    int lost = 0;
    for (Node node : nodes) {
      if (network.isLost(node.address())) {
        lost++;
        continue;
      }
      if (!node.replay().isOver()) {
        throw new IllegalStateException(node.address() + " waits for an answer that never came");
      }
      results.add(NodeResult.of(node.level(), node.replay(), node.counters()));
      bytes += node.counters().get(Counter.STORAGE_READ_BYTES);
      unlike += node.replay().unlike();
    }
    return new Result(
        parameters.rule().trees(),
        lost,
        results,
        bytes,
        unlike,
        network.late(),
        time.events(),
        time.read());
  }
}
