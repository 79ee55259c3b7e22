package copper.transport.margo;

import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The calls on their way out. Each is completed once: by its event, by who cancels it, by the sweep
 * when its event does not come, or by {@link #close}.
 */
final class Calls implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofDays(1);

  /** Margo's own timeout comes up to 0.1 s late; after this much more the event is not awaited. */
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(600);

  /** Requests up to this size travel in Mercury's first message on every network. */
  private static final int EAGER = 4000;

  private final NativeNode node;
  private final ConcurrentMap<Long, Call> calls = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Peer> peers = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private final ConnectCheck check;
  private volatile boolean closed;

  Calls(NativeNode node, Duration connectTimeout) {
    this.node = node;
    this.check = new ConnectCheck(connectTimeout);
  }

  /** What sends a call natively; returns false if the node is ending. */
  @FunctionalInterface
  interface Sender {
    /** Sends to {@code peer}, to end after {@code timeoutMillis}. */
    boolean send(Peer peer, long call, double timeoutMillis);
  }

  /**
   * Makes a call of {@code bytes} bytes; see {@link copper.transport.RpcTransport#call}.
   *
   * <p>A request above {@link #EAGER} lies in our memory until the peer has fetched it. Mercury
   * takes that memory away when the call is cancelled, and where libfabric is fetching from it over
   * TCP the connection breaks, with all other calls on it. So such a call goes on, and only its
   * answer is dropped.
   */
  CompletableFuture<ByteBuffer> start(
      String address, String name, long bytes, Duration timeout, Sender sender) {
    Duration bounded = timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout;
    CompletableFuture<ByteBuffer> future = new CompletableFuture<>();
    Call call =
        new Call(
            ids.incrementAndGet(),
            name,
            address,
            System.nanoTime() + bounded.toNanos(),
            bytes <= EAGER,
            future);
    if (bounded.isZero() || bounded.isNegative()) {
      call.fail(Kind.TIMEOUT, "had no time");
      return future;
    }
    calls.put(call.id(), call);
    var unused = future.whenComplete((answer, error) -> forget(call.id()));
    try {
      Peer peer = closed ? null : peer(address);
      if (peer == null) {
        fail(call);
      } else {
        send(call, peer, sender);
      }
    } catch (MargoException e) {
      call.fail(Kind.UNREACHABLE, "failed: " + e.getMessage());
    } catch (IllegalStateException e) {
      fail(call);
    }
    return future;
  }

  private static void fail(Call call) {
    call.fail(Kind.CLOSED, "failed: this transport is closed");
  }

  /** Called whenever a call is complete; gives it up natively if that is not why. */
  private void forget(long id) {
    Call call = calls.remove(id);
    if (call != null && call.cancellable()) {
      try {
        node.cancel(id);
      } catch (IllegalStateException e) {
        // It went with the node.
      }
    }
  }

  private Peer peer(String address) {
    Peer known = peers.get(address);
    if (known != null) {
      return known;
    }
    return peers.computeIfAbsent(
        address,
        each -> {
          long handle = node.lookup(each);
          return handle == 0 ? null : new Peer(handle, ConnectCheck.socketAddress(each), check);
        });
  }

  private void send(Call call, Peer peer, Sender sender) {
    CompletableFuture<Void> ready = peer.ready();
    if (ready.isDone() && !ready.isCompletedExceptionally()) {
      sendNow(call, peer, sender);
      return;
    }
    var unused =
        ready.whenComplete(
            (nothing, error) -> {
              if (error == null) {
                sendNow(call, peer, sender);
              } else {
                call.fail(Kind.UNREACHABLE, "failed: " + error.getMessage());
              }
            });
  }

  private void sendNow(Call call, Peer peer, Sender sender) {
    long left = call.left();
    if (call.future().isDone()) {
      return;
    }
    if (left <= 0) {
      call.fail(Kind.TIMEOUT, "was not sent in time");
      return;
    }
    try {
      if (!sender.send(peer, call.id(), left / 1e6)) {
        fail(call);
      } else if (call.future().isDone() && call.cancellable()) {
        // Cancelled, perhaps before there was anything to cancel natively.
        node.cancel(call.id());
      }
    } catch (MargoException e) {
      settle(call, peer, MargoErrors.failure(call.name(), call.address(), e));
    } catch (IllegalArgumentException e) {
      call.fail(Kind.FAILED, "failed: " + e.getMessage());
    } catch (IllegalStateException e) {
      fail(call);
    }
  }

  private void settle(Call call, Peer peer, RpcException failure) {
    if (peer != null && (failure.kind() == Kind.UNREACHABLE || failure.kind() == Kind.TIMEOUT)) {
      peer.suspect();
    }
    call.future().completeExceptionally(failure);
  }

  /** The answer of a call came. */
  void answered(long id, byte[] payload) {
    Call call = calls.remove(id);
    if (call != null) {
      call.future().complete(ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN));
    }
  }

  /** A call failed. */
  void failed(long id, MargoException error) {
    Call call = calls.remove(id);
    if (call == null) {
      return;
    }
    if (closed) {
      fail(call);
    } else {
      RpcException failure = MargoErrors.failure(call.name(), call.address(), error);
      settle(call, peers.get(call.address()), failure);
    }
  }

  /** Fails those whose event should have come long ago; to be called now and then. */
  void sweep(long now) {
    check.expire(now);
    for (Call call : calls.values()) {
      if (now - call.deadline() > GRACE_NANOS) {
        Peer peer = peers.get(call.address());
        if (peer != null) {
          peer.suspect();
        }
        call.fail(Kind.TIMEOUT, "has no answer in time");
      }
    }
  }

  /** Fails all calls, and those that are made from now on; does not wait. */
  void stop() {
    closed = true;
    for (Call call : calls.values()) {
      fail(call);
    }
  }

  @Override
  public void close() {
    stop();
    check.close();
    // Calls made while this was being closed.
    stop();
  }
}
