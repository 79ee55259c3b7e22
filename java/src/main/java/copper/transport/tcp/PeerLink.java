package copper.transport.tcp;

import copper.transport.LinkState;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * This node's calls to one peer, and the connection to it, which is made when there is a call.
 *
 * <p>{@link #call}, {@link #state} and {@link #failRest} are for any thread; all else is confined
 * to one event loop. A call is in the map from its admission to its end, and who takes it out
 * completes it.
 */
final class PeerLink implements Dialer.Listener {
  private final TcpContext context;
  private final String address;
  private final EventLoop loop;
  private final Dialer dialer;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, Call> calls = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  private final Set<Call> waiting = new LinkedHashSet<>();
  private volatile ClientConnection connection;

  PeerLink(TcpContext context, TcpAddress address) {
    this.context = context;
    this.address = address.toString();
    this.loop = context.loops.next();
    this.dialer = new Dialer(context, loop, address, this);
  }

  /** Returns the peer's address as text. */
  String address() {
    return address;
  }

  /** Returns how it is, on any thread. */
  LinkState state() {
    return new LinkState(address, connection != null, count.get(), bytes.get());
  }

  /** Calls the peer; see {@link copper.transport.RpcTransport#call}. */
  CompletableFuture<ByteBuffer> call(String name, Payload payload, Duration timeout) {
    byte[] nameBytes = FrameCodec.name(name);
    long nanos = Math.min(toNanos(timeout), TimeUnit.MILLISECONDS.toNanos(Integer.MAX_VALUE));
    Call call = new Call(ids.incrementAndGet(), name, timeout, context.now() + nanos);
    long length = payload.length();
    if (length > context.limits().payload()) {
      long limit = context.limits().payload();
      return failed(call, Kind.FAILED, "the request has " + length + " bytes, limit " + limit);
    }
    if (nanos <= 0) {
      return failed(call, Kind.TIMEOUT, "no time left");
    }
    if (!reserve(call, length)) {
      return failed(call, Kind.OVERLOADED, "too many calls wait for this peer");
    }
    call.request =
        OutMessage.request(
            call.id, nameBytes, () -> millisLeft(call), payload, () -> releaseBytes(call));
    calls.put(call.id, call);
    call.future.whenComplete(
        (answer, error) -> {
          // Completed by the caller, not by this class, which takes the call out first.
          if (calls.containsKey(call.id)) {
            EventLoops.tryExecute(loop, () -> giveUp(call));
          }
        });
    if (context.closed.get() || !EventLoops.tryExecute(loop, () -> start(call))) {
      failRest(call);
    }
    return call.future;
  }

  private static long toNanos(Duration timeout) {
    try {
      return timeout.toNanos();
    } catch (ArithmeticException e) {
      return timeout.isNegative() ? 0 : Long.MAX_VALUE;
    }
  }

  private int millisLeft(Call call) {
    // Rounded up, so that the peer does not give up before this end does.
    long left = TimeUnit.NANOSECONDS.toMillis(call.deadline - context.now()) + 1;
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, left));
  }

  private CompletableFuture<ByteBuffer> failed(Call call, Kind kind, String why) {
    return CompletableFuture.failedFuture(exception(call, kind, why, null));
  }

  private RpcException exception(Call call, Kind kind, String why, Throwable cause) {
    return new RpcException(kind, "RPC " + call.name + " to " + address + ": " + why, cause);
  }

  private boolean reserve(Call call, long length) {
    if (count.incrementAndGet() > context.limits().calls()) {
      count.decrementAndGet();
      return false;
    }
    long before;
    do {
      before = bytes.get();
      if (length > 0 && before > 0 && length > context.limits().queued() - before) {
        count.decrementAndGet();
        return false;
      }
    } while (!bytes.compareAndSet(before, before + length));
    call.reserved = length;
    return true;
  }

  private void releaseBytes(Call call) {
    bytes.addAndGet(-call.reserved);
    call.reserved = 0;
  }

  private void start(Call call) {
    if (!calls.containsKey(call.id)) {
      return;
    }
    long left = call.deadline - context.now();
    call.timer = loop.schedule(() -> timedOut(call), left, TimeUnit.NANOSECONDS);
    if (connection != null) {
      connection.send(call);
    } else if (dialer.isDialing() || dialer.dial()) {
      waiting.add(call);
    } else {
      fail(call, dialer.lastKind(), dialer.lastFailure(), null);
    }
  }

  private void timedOut(Call call) {
    ClientConnection carrier = call.connection;
    if (carrier != null && carrier == connection && carrier.isSilent()) {
      connection = null;
      carrier.retire();
    }
    drop(call);
    fail(call, Kind.TIMEOUT, "no answer within " + call.timeout.toMillis() + " ms", null);
  }

  private void giveUp(Call call) {
    drop(call);
    end(call);
  }

  private static void drop(Call call) {
    if (call.connection != null) {
      call.connection.abandon(call);
    }
  }

  /** Completes {@code call}, which its connection has forgotten, with its answer. */
  void succeed(Call call, ByteBuffer answer) {
    if (end(call)) {
      call.future.complete(answer);
    }
  }

  /** Completes {@code call}, which its connection has forgotten, with an error. */
  void fail(Call call, Kind kind, String why, Throwable cause) {
    if (end(call)) {
      call.future.completeExceptionally(exception(call, kind, why, cause));
    }
  }

  /** Takes {@code call} out; returns whether it was in. */
  private boolean end(Call call) {
    if (calls.remove(call.id) == null) {
      return false;
    }
    if (call.timer != null) {
      call.timer.cancel(false);
    }
    waiting.remove(call);
    count.decrementAndGet();
    releaseBytes(call);
    return true;
  }

  /** Takes note that {@code ended}, which carried {@code lost}, has broken. */
  void broken(ClientConnection ended, List<Call> lost, String why) {
    if (connection == ended) {
      connection = null;
    }
    for (Call call : lost) {
      fail(call, context.closed.get() ? Kind.CLOSED : Kind.UNREACHABLE, why, null);
    }
  }

  @Override
  public void connected(ClientConnection made) {
    connection = made;
    List<Call> ready = List.copyOf(waiting);
    waiting.clear();
    ready.forEach(made::send);
  }

  @Override
  public ClientConnection connection(Channel channel) {
    return new ClientConnection(this, context, channel);
  }

  @Override
  public void failed(Kind kind, String why) {
    List.copyOf(waiting).forEach(call -> fail(call, kind, why, null));
  }

  /** Fails every call, from the event loop, because the transport closes. */
  void close() {
    EventLoops.tryExecute(
        loop,
        () ->
            List.copyOf(calls.values())
                .forEach(call -> fail(call, Kind.CLOSED, "this node's transport closed", null)));
  }

  /** Fails every call that is left when the event loop has ended. */
  void failRest() {
    List.copyOf(calls.values()).forEach(this::failRest);
  }

  private void failRest(Call call) {
    if (calls.remove(call.id) != null) {
      call.future.completeExceptionally(
          exception(call, Kind.CLOSED, "this node's transport closed", null));
    }
  }
}
