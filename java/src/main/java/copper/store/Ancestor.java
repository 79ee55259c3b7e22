package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.codec.Hello;
import copper.codec.Rpcs;
import copper.codec.Serving;
import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One node that may be asked, an ancestor or who stands in for them: what is known of it, and which
 * calls it has not answered yet. Safe on any thread.
 */
final class Ancestor {
  private final RpcTransport transport;
  private final String address;
  private final ServedBy.Role role;
  private final int rank;
  private final Ticker ticker;
  private final Greeting greeting;
  private final AtomicLong heard;
  private final AtomicLong greeted = new AtomicLong();
  private final AtomicBoolean watched = new AtomicBoolean();
  private final Set<ParentLink.Try> underWay = ConcurrentHashMap.newKeySet();
  private volatile Capabilities capabilities = Capabilities.ASSUMED;

  /**
   * Makes a node of which nothing is known.
   *
   * @param rank the order in which nodes are preferred, from 0 for the parent
   * @param own what this node says of itself
   * @param timeout for one hello
   */
  Ancestor(
      RpcTransport transport,
      String address,
      ServedBy.Role role,
      int rank,
      Hello own,
      Duration timeout,
      Ticker ticker) {
    this.transport = transport;
    this.address = address;
    this.role = role;
    this.rank = rank;
    this.ticker = ticker;
    this.heard = new AtomicLong(ticker.read());
    this.greeting = new Greeting(transport, address, own, timeout);
  }

  String address() {
    return address;
  }

  ServedBy.Role role() {
    return role;
  }

  int rank() {
    return rank;
  }

  /** Returns what it can as far as it is known: while it is away, what it could. */
  Capabilities capabilities() {
    return capabilities;
  }

  /** Returns the calls it has not answered yet, a live view. */
  Set<ParentLink.Try> underWay() {
    return underWay;
  }

  /** Takes note that it has just given a sign of life. */
  void hear() {
    heard.set(ticker.read());
  }

  /** Returns when it gave its last sign of life. */
  long heard() {
    return heard.get();
  }

  /** Begins a watch; returns whether there was none. */
  boolean beginWatch() {
    return !watched.get() && watched.compareAndSet(false, true);
  }

  /** Ends the watch. */
  void endWatch() {
    watched.set(false);
  }

  /** Asks whether it is ready; fails with an {@link RpcException} if it is not. */
  CompletableFuture<Void> probe(Duration timeout) {
    return transport
        .call(address, Rpcs.IS_READY, Payload.EMPTY, timeout)
        .thenAccept(
            payload -> {
              hear();
              if (payload.remaining() != 1 || payload.get(payload.position()) != 1) {
                throw new RpcException(
                    RpcException.Kind.UNREACHABLE, address + " says that it is not ready");
              }
            });
  }

  /** Asks whether it is ready, and then what it can. */
  CompletableFuture<Void> meet(Duration timeout) {
    return probe(timeout)
        .thenCompose(
            ready -> {
              greeted.set(ticker.read());
              return greeting.say();
            })
        .thenAccept(able -> capabilities = able);
  }

  /** Asks what it can if that was asked longer ago than {@code age}; nobody waits for it. */
  void meetAgain(Duration age) {
    long last = greeted.get();
    long now = ticker.read();
    if (now - last >= age.toNanos() && greeted.compareAndSet(last, now)) {
      greeting.say().thenAccept(able -> capabilities = able);
    }
  }

  /**
   * Tells it how this node stands, and asks how it does itself. One that does not understand is
   * taken to be settled.
   */
  CompletableFuture<Serving> compare(Serving own, Duration timeout) {
    return transport
        .call(address, Rpcs.SERVING, new Payload(own.encode()), timeout)
        .thenApply(Serving::decode)
        .exceptionally(
            failure -> {
              if (Failures.cause(failure) instanceof RpcException e
                  && e.kind() == RpcException.Kind.NO_SUCH_RPC) {
                return new Serving(true, 0);
              }
              throw new CompletionException(Failures.cause(failure));
            });
  }

  /** Calls it; what becomes of the call is the caller's to tell with {@link #hear}. */
  CompletableFuture<ByteBuffer> call(String rpc, Payload request, Duration timeout) {
    return transport.call(address, rpc, request, timeout);
  }

  /**
   * Returns a pause of about {@code length}, give or take a quarter: another one for each two
   * nodes, so that those which lost a node together do not come back to it together.
   */
  long jittered(Duration length, int number) {
    long hash = 31L * transport.address().hashCode() + address.hashCode();
    hash = (hash * 31 + number) * 0x9E3779B97F4A7C15L;
    double fraction = ((hash ^ (hash >>> 32)) & 0xffffff) / (double) 0x1000000;
    return (long) (length.toNanos() * (0.75 + 0.5 * fraction));
  }
}
