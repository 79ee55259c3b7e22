package copper.node;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.codec.Rpcs;
import copper.control.Commands;
import copper.control.ControlServer;
import copper.control.ControlSocket;
import copper.control.Fetcher;
import copper.control.LinkProbe;
import copper.control.Prefetch;
import copper.control.Reset;
import copper.control.Stats;
import copper.control.TreeCast;
import copper.metrics.Counters;
import copper.store.CooperativeStore;
import copper.transport.RpcTransport;
import copper.tree.Forest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import java.util.logging.Logger;

/** The commands that a running node takes: from its tree by RPC, from its user by a socket. */
final class Controls {
  private static final Logger LOG = Logger.getLogger(Controls.class.getName());

  private final Forest forest;
  private final TreeCast tree;
  private final LinkProbe link;
  private final CooperativeStore store;

  /** Serves the commands of the tree from now on. */
  Controls(
      Overlay.Place place,
      RpcTransport transport,
      CooperativeStore store,
      Reset reset,
      Counters counters) {
    forest = place.forest();
    tree =
        new TreeCast(place.forest(), place.position().address(), transport, Ticker.systemTicker());
    this.store = store;
    link = new LinkProbe(transport, place.position(), Ticker.systemTicker());
    link.register();
    tree.register(Rpcs.RESET, reset);
    tree.register(Rpcs.PREFETCH, new Fetcher(store));
    tree.register(Rpcs.STATS, new Stats(tree.self(), counters, store, Controls::memory));
  }

  private static Map<String, Long> memory() {
    Runtime runtime = Runtime.getRuntime();
    Map<String, Long> values = new LinkedHashMap<>();
    values.put("heap_bytes", runtime.totalMemory() - runtime.freeMemory());
    values.put("heap_limit_bytes", runtime.maxMemory());
    return values;
  }

  /**
   * Listens for the user's commands; a node that cannot works all the same.
   *
   * @param state what the node is at just now
   */
  Optional<ControlServer> listen(
      Prefetch.Place place, Executor executor, ThreadFactory threads, Supplier<String> state) {
    try {
      Path mount = place.mount();
      Prefetch prefetch = new Prefetch(store, tree, place, executor);
      return Optional.of(
          ControlServer.open(
              ControlSocket.of(System.getenv()),
              mount,
              Commands.of(mount, forest, tree, prefetch, link, state),
              threads));
    } catch (IOException e) {
      LOG.warning("copper reset, prefetch and stats do not reach this node: " + e.getMessage());
      return Optional.empty();
    }
  }
}
