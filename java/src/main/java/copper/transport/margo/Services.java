package copper.transport.margo;

import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcHandler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The names known to Margo, the handlers of those that are served, and the requests in hand. */
final class Services {
  private static final Logger LOG = Logger.getLogger(Services.class.getName());

  private final NativeNode node;
  private final Duration longest;
  private final Map<String, Rpc> byName = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<Rpc> byIndex = new CopyOnWriteArrayList<>();
  private final Set<Served> inHand = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Services(NativeNode node, Duration longest) {
    this.node = node;
    this.longest = longest;
  }

  /** A name known to Margo. */
  static final class Rpc {
    private final String name;
    private final long handle;
    private volatile RpcHandler handler;

    Rpc(String name, long handle) {
      this.name = name;
      this.handle = handle;
    }

    /** Returns its native side. */
    long handle() {
      return handle;
    }
  }

  /** A request whose handler has not answered. */
  private record Served(
      long request, Rpc rpc, String peer, long deadline, CompletableFuture<Payload> answer) {}

  /** Returns the RPC of this name, made known if need be; null if the node is ending. */
  Rpc rpc(String name) {
    Rpc known = byName.get(name);
    return known != null ? known : makeKnown(name);
  }

  private synchronized Rpc makeKnown(String name) {
    return byName.computeIfAbsent(
        name,
        each -> {
          long handle = node.register(each, byIndex.size());
          if (handle == 0) {
            return null;
          }
          Rpc rpc = new Rpc(each, handle);
          byIndex.add(rpc);
          return rpc;
        });
  }

  /** Serves an RPC. */
  synchronized void serve(String name, RpcHandler handler) {
    Rpc rpc = rpc(name);
    if (rpc == null) {
      throw new IllegalStateException("the transport is closed");
    }
    if (rpc.handler != null) {
      throw new IllegalStateException("the RPC " + name + " is registered already");
    }
    rpc.handler = handler;
    node.serve(rpc.handle);
  }

  /** A request came: has it handled. */
  void requested(long request, int index, String peer, byte[] payload) {
    Rpc rpc = byIndex.get(index);
    ByteBuffer bytes = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
    CompletableFuture<Payload> answer;
    try {
      answer = rpc.handler.handle(new RpcHandler.Request(peer, bytes, longest));
      if (answer == null) {
        throw new IllegalStateException("the handler returned no future");
      }
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    if (answer.isDone() && !answer.isCompletedExceptionally()) {
      respond(request, rpc, peer, answer.join());
      return;
    }
    Served served = new Served(request, rpc, peer, System.nanoTime() + longest.toNanos(), answer);
    inHand.add(served);
    var unused = answer.whenComplete((value, error) -> answer(served, value, error));
    if (closed) {
      answer.cancel(false);
    }
  }

  private void answer(Served served, Payload value, Throwable error) {
    inHand.remove(served);
    if (error == null) {
      respond(served.request, served.rpc, served.peer, value);
    } else {
      refuse(served, Failures.cause(error));
    }
  }

  private void respond(long request, Rpc rpc, String peer, Payload value) {
    try {
      if (value == null) {
        node.refuse(request, MargoNative.REFUSE_FAILED);
        throw new IllegalArgumentException("the handler's answer is null");
      }
      node.respond(request, value);
    } catch (MargoException | IllegalArgumentException e) {
      LOG.warning(rpc.name + " for " + peer + " cannot be answered: " + e.getMessage());
    } catch (IllegalStateException e) {
      LOG.log(Level.FINE, "answer after close", e);
    }
  }

  /** Margo carries a code and no text, so the reason is told here. */
  private void refuse(Served served, Throwable error) {
    int reason = MargoErrors.refusal(error);
    if (error instanceof CancellationException && closed) {
      reason = MargoNative.REFUSE_ENDING;
    } else if (!(error instanceof RpcException e && e.kind() == Kind.CLOSED)) {
      LOG.warning(served.rpc.name + " for " + served.peer + " failed: " + describe(error));
    }
    try {
      node.refuse(served.request, reason);
    } catch (IllegalStateException e) {
      LOG.log(Level.FINE, "answer after close", e);
    }
  }

  private String describe(Throwable error) {
    return error instanceof CancellationException
        ? "given up after " + longest.toSeconds() + " s"
        : error.toString();
  }

  /** A request could not be read, and was refused. */
  void rejected(int index, String peer, MargoException error) {
    LOG.warning(
        byIndex.get(index).name + " from " + peer + " cannot be read: " + error.getMessage());
  }

  /** Cancels the handlers that have taken too long; to be called now and then. */
  void sweep(long now) {
    for (Served served : inHand) {
      if (now - served.deadline >= 0) {
        served.answer.cancel(false);
      }
    }
  }

  /** Cancels all handlers, and those that start from now on. */
  void stop() {
    closed = true;
    for (Served served : inHand) {
      served.answer.cancel(false);
    }
  }
}
