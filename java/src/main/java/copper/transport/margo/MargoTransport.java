package copper.transport.margo;

import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import copper.transport.keyed.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;

/**
 * {@link RpcTransport} over Margo.
 *
 * <p>What Margo does not have is missing here: a handler does not learn that its caller has gone or
 * how long it waits, and a caller learns that a handler failed but not its words, which are logged
 * where it ran. A node that is told to end by another process, as C++ Copper's cu_fuse_shutdown
 * does, ends its part of the network by itself: calls fail as after {@link #close}, which is still
 * to be called, and {@link #onShutdown} says so.
 */
public final class MargoTransport implements RpcTransport {
  private static final Logger LOG = Logger.getLogger(MargoTransport.class.getName());

  /**
   * Handlers only queue, so they run in the progress thread, which sleeps when there is nothing.
   * What fails is reported here, so Mercury's own messages are for those who ask for them.
   */
  private static final String CONFIG =
      """
      {"use_progress_thread":true,"rpc_thread_count":-1,"progress_spindown_msec":0,
       "progress_timeout_ub_msec":100,"mercury":{"log_level":"%s"}}""";

  private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
  private static final Duration THREAD_LIMIT = Duration.ofSeconds(5);

  private final NativeNode node;
  private final String address;
  private final Calls calls;
  private final Services services;
  private final List<Thread> pollers = new ArrayList<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<Void> shutdown = new CompletableFuture<>();

  private MargoTransport(NativeNode node, MargoOptions options) {
    this.node = node;
    this.address = node.address();
    this.calls = new Calls(node, options.connectTimeout());
    this.services = new Services(node, options.longestHandling());
    for (int i = 0; i < options.pollThreads(); i++) {
      Poller poller = new Poller(node, calls, services, this::shutDownByPeer);
      Thread thread = new Thread(poller, "copper-margo-poll-" + i);
      thread.setDaemon(true);
      pollers.add(thread);
    }
  }

  /**
   * Starts to listen; blocks while Margo starts.
   *
   * @throws IOException with one line that says what is missing or wrong and what to do
   */
  public static MargoTransport open(MargoOptions options) throws IOException {
    NativeLibrary.load();
    NativeNode node;
    try {
      node =
          NativeNode.start(options.address(), config(), options.maxPayload(), options.mayBeEnded());
    } catch (MargoException | IllegalArgumentException e) {
      throw new IOException(
          "cannot start Margo at "
              + options.address()
              + " ("
              + e.getMessage()
              + "): check -net_type; HG_LOG_LEVEL=error in the environment shows Mercury's reason",
          e);
    }
    MargoTransport transport = new MargoTransport(node, options);
    transport.pollers.forEach(Thread::start);
    return transport;
  }

  /**
   * Loads what every Margo transport needs.
   *
   * @throws IOException with one line that says what is missing and what to do
   */
  public static void requireLibrary() throws IOException {
    NativeLibrary.load();
  }

  /**
   * Returns the versions of what every Margo transport needs, after loading it.
   *
   * @throws IOException as {@link #requireLibrary}
   */
  public static String versions() throws IOException {
    NativeLibrary.load();
    String[] each = MargoNative.versions().split(" ", 2);
    return "Margo " + each[0] + ", Mercury " + each[1];
  }

  /** Returns what computes SHA-256 in native code; the library must have been loaded. */
  public static Sha256 sha256() {
    return bytes -> {
      Outgoing out = Outgoing.of(bytes);
      return MargoNative.sha256(out.parts(), out.layout());
    };
  }

  /** Returns how Margo is to be set up. */
  static String config() {
    String level = System.getenv("HG_LOG_LEVEL");
    return CONFIG.formatted(level != null && level.matches("[a-z]+") ? level : "none");
  }

  @Override
  public String address() {
    return address;
  }

  @Override
  public void register(String name, RpcHandler handler) {
    if (closed.get()) {
      throw new IllegalStateException("the transport is closed");
    }
    services.serve(name, handler);
  }

  @Override
  public CompletableFuture<ByteBuffer> call(
      String peerAddress, String name, Payload request, Duration timeout) {
    return calls.start(
        peerAddress,
        name,
        request.length(),
        timeout,
        (peer, call, timeoutMillis) -> {
          Services.Rpc rpc = services.rpc(name);
          return rpc != null
              && node.forward(peer.handle(), rpc.handle(), call, timeoutMillis, request);
        });
  }

  /**
   * Asks the node at {@code peerAddress} to end, as C++ Copper's cu_fuse_shutdown does; works with
   * every node of C++ Copper and with ours. Completes when the node has agreed.
   */
  public CompletableFuture<Void> shutdownPeer(String peerAddress, Duration timeout) {
    return calls
        .start(
            peerAddress,
            "__shutdown__",
            0,
            timeout,
            (peer, call, timeoutMillis) -> node.shutdownPeer(peer.handle(), call, timeoutMillis))
        .thenApply(
            answer -> {
              return null;
            });
  }

  /**
   * Has {@code action} run once, on a thread of its own, when another process has told this node to
   * end; at once if it has. The action is to close the transport.
   */
  public void onShutdown(Runnable action) {
    var unused =
        shutdown.thenRun(
            () -> {
              Thread thread = new Thread(action, "copper-shutdown");
              thread.setDaemon(true);
              thread.start();
            });
  }

  private void shutDownByPeer() {
    LOG.info(() -> "another process told " + address + " to end");
    calls.stop();
    shutdown.complete(null);
  }

  /** Returns Mercury's number for an RPC's name; for tests of the wire. */
  long rpcId(String name) {
    Services.Rpc rpc = services.rpc(name);
    if (rpc == null) {
      throw new RpcException(Kind.CLOSED, "the transport is closed");
    }
    return node.id(rpc.handle());
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    // Callers and handlers hear of it while the network still runs.
    calls.stop();
    services.stop();
    boolean ended = node.stop(STOP_LIMIT);
    boolean interrupted = false;
    for (Thread poller : pollers) {
      interrupted |= !join(poller);
    }
    calls.close();
    if (ended && pollers.stream().noneMatch(Thread::isAlive)) {
      node.close();
    } else {
      LOG.warning("Margo at " + address + " did not end in time and is left behind");
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for a thread's end, unless it is this one; returns false if interrupted. */
  private static boolean join(Thread thread) {
    if (thread == Thread.currentThread()) {
      return true;
    }
    try {
      thread.join(THREAD_LIMIT.toMillis());
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }
}
