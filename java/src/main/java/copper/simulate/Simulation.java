package copper.simulate;

import copper.codec.Hello;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.storage.CountingStorage;
import copper.storage.Storage;
import copper.store.CooperativeStore;
import copper.store.RpcService;
import copper.store.Timeouts;
import copper.trace.Trace;
import copper.transport.RpcTransport;
import copper.tree.TreeSegments;
import copper.tree.TreeShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Nodes on which a program runs, each with its own, and all with empty caches.
 *
 * <p>The same trace, names, parameters and number of nodes give the same result.
 */
public final class Simulation {
  private final Parameters parameters;
  private final Program program;
  private final Names names;

  private final VirtualTime time = new VirtualTime();
  private final Jitter jitter;
  private final Network network;
  private final StorageModel model;
  private final List<Node> nodes = new ArrayList<>();
  private final List<StorageThreads> threads = new ArrayList<>();

  private record Node(int level, Counters counters, Replay replay) {}

  private Simulation(Trace trace, Names names, Parameters parameters) {
    this.parameters = parameters;
    this.names = names;
    this.program = new Program(trace, parameters.load().longestPause());
    this.jitter = new Jitter(parameters.seed(), parameters.load().jitter());
    this.network = new Network(time, parameters.links(), jitter);
    this.model = new StorageModel(time, parameters.storage(), jitter);
  }

  /**
   * Has the program of {@code trace} run on so many nodes.
   *
   * @param names what storage holds
   * @param nodes at least as many as there are trees
   */
  public static Result run(Trace trace, Names names, Parameters parameters, int nodes) {
    Simulation simulation = new Simulation(trace, names, parameters);
    try {
      simulation.build(nodes);
      simulation.time.run();
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
      Optional<String> parent =
          index == 0
              ? Optional.empty()
              : Optional.of(address(segments.node(tree, shape.parent(index))));
      nodes.add(node(address(number), parent, shape.ancestors(index).size(), storage));
    }
    nodes.forEach(node -> node.replay().schedule());
  }

  private static String address(int number) {
    return "node-" + number;
  }

  private Node node(String address, Optional<String> parent, int level, Storage storage) {
    Counters counters = new Counters();
    RpcTransport transport = network.join(address);
    CooperativeStore store =
        CooperativeStore.create(
            parent,
            transport,
            new CountingStorage(storage, counters),
            parameters.limits(),
            Timeouts.DEFAULT,
            new CooperativeStore.Environment(
                // Messages are shared, so that a part may keep all of one.
                parent.isEmpty() ? storageThreads() : time,
                time,
                time,
                counters,
                part -> part,
                Hello.own()));
    new RpcService(store, counters).register(transport);
    long begin = jitter.within(parameters.load().spread());
    return new Node(
        level, counters, new Replay(program, store, time, parameters.load(), jitter, begin));
  }

  private Executor storageThreads() {
    StorageThreads own = new StorageThreads(time, parameters.storage().threads());
    threads.add(own);
    return own;
  }

  private Result result() {
    List<NodeResult> results = new ArrayList<>(nodes.size());
    long bytes = 0;
    long unlike = 0;
    for (Node node : nodes) {
      if (!node.replay().isOver()) {
        throw new IllegalStateException(
            "node " + results.size() + " waits for an answer that never came");
      }
      results.add(NodeResult.of(node.level(), node.replay().took(), node.counters()));
      bytes += node.counters().get(Counter.STORAGE_READ_BYTES);
      unlike += node.replay().unlike();
    }
    return new Result(
        parameters.rule().trees(),
        results,
        bytes,
        unlike,
        network.late(),
        time.events(),
        time.read());
  }
}
