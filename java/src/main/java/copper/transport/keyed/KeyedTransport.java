package copper.transport.keyed;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import copper.transport.Secret;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.logging.Logger;

/**
 * A transport over another one, whose nodes know each other by the job's secret.
 *
 * <p>Calls between two of them, and the answers, carry a proof each; none is served, or believed,
 * without. Some RPCs may be open: these are served to whoever asks, and asked of nodes that know of
 * no keys, as C++ nodes do not. Owns the transport below.
 */
public final class KeyedTransport implements RpcTransport {
  /** The RPC of {@link Introduction}. */
  static final String KEY = "copper_key";

  /** The RPC of {@link Seal}. */
  static final String SEALED = "copper_sealed";

  private static final Logger LOG = Logger.getLogger(KeyedTransport.class.getName());

  private static final Duration LONGEST = Duration.ofDays(1);

  private final RpcTransport below;
  private final Set<String> open;
  private final Door door;
  private final Callee.Context context;
  private final Map<String, RpcHandler> handlers = new ConcurrentHashMap<>();
  private final Map<String, Callee> callees = new ConcurrentHashMap<>();

  private KeyedTransport(
      RpcTransport below,
      Secret secret,
      Set<String> open,
      UnaryOperator<String> identity,
      Sha256 sha) {
    this.below = below;
    this.open = Set.copyOf(open);
    SecureRandom random = new SecureRandom();
    Ticker ticker = Ticker.systemTicker();
    String address = below.address();
    this.door = new Door(secret, address, identity.apply(address), random, ticker, sha);
    this.context = new Callee.Context(below, secret, identity, random, ticker, sha);
  }

  /**
   * Puts a layer over {@code below}, on which no RPC has been registered yet.
   *
   * @param open the RPCs that need no proof; none: who cannot prove the secret is neither served
   *     nor asked
   * @param identity what of an address is the same in the address book and where the node itself
   *     prints it
   * @param sha what computes the proofs
   */
  public static KeyedTransport over(
      RpcTransport below,
      Secret secret,
      Set<String> open,
      UnaryOperator<String> identity,
      Sha256 sha) {
    KeyedTransport transport = new KeyedTransport(below, secret, open, identity, sha);
    below.register(KEY, transport::introduce);
    below.register(SEALED, transport::serve);
    return transport;
  }

  @Override
  public String address() {
    return below.address();
  }

  /** Returns the transport that carries this one's messages. */
  public RpcTransport below() {
    return below;
  }

  /** Tells whether the RPC {@code name} needs no proof. */
  boolean isOpen(String name) {
    return open.contains(name);
  }

  /** Tells whether every RPC needs a proof. */
  boolean opensNothing() {
    return open.isEmpty();
  }

  @Override
  public void register(String name, RpcHandler handler) {
    Seal.name(name);
    below.register(name, isOpen(name) ? handler : request -> refuse(name, request));
    handlers.put(name, handler);
  }

  private static CompletableFuture<Payload> refuse(String name, RpcHandler.Request request) {
    return CompletableFuture.failedFuture(
        new RpcException(
            Kind.DENIED,
            name
                + " from "
                + request.peer()
                + " came without a proof of the job's secret; "
                + Callee.SAME_SECRET));
  }

  /** Returns why an RPC that needs a proof is not asked of a node without a key. */
  RpcException notAsked(String address, String name) {
    return opensNothing()
        ? new RpcException(
            Kind.DENIED,
            address
                + " cannot prove that it holds the job's secret, which -require_auth demands: it is"
                + " a C++ node, or has no secret; "
                + Callee.SAME_SECRET)
        : new RpcException(
            Kind.NO_SUCH_RPC, name + " is not asked of " + address + ", which has no key");
  }

  private CompletableFuture<Payload> introduce(RpcHandler.Request request) {
    try {
      return CompletableFuture.completedFuture(door.answer(request.payload()));
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(RpcException.unreadable(KEY, request, e));
    }
  }

  private CompletableFuture<Payload> serve(RpcHandler.Request request) {
    Seal.Call call;
    try {
      call = Seal.parse(request.payload());
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(RpcException.unreadable(SEALED, request, e));
    }
    Session session = door.session(call.session());
    if (session == null) {
      return CompletableFuture.completedFuture(Seal.unsealed());
    }
    if (!session.accepts(call)) {
      LOG.warning(
          () ->
              "refused a call from " + request.peer() + ": its seal is wrong, or was used before");
      return CompletableFuture.completedFuture(Seal.unsealed());
    }
    return answer(session, call, request);
  }

  private CompletableFuture<Payload> answer(
      Session session, Seal.Call call, RpcHandler.Request request) {
    CompletableFuture<Payload> handled = handle(call, request);
    CompletableFuture<Payload> sealed = new CompletableFuture<>();
    var unused =
        handled.whenComplete(
            (payload, failure) -> {
              if (sealed.isDone()) {
                return;
              }
              int status = failure == null && payload != null ? Seal.ANSWER : Seal.FAILURE;
              sealed.complete(
                  session.answer(
                      call.number(), status, status == Seal.ANSWER ? payload : told(failure)));
            });
    var unusedEnd =
        sealed.whenComplete(
            (answer, failure) -> {
              if (sealed.isCancelled()) {
                handled.cancel(true);
              }
            });
    return sealed;
  }

  private static Payload told(Throwable failure) {
    return Failure.of(
        failure == null
            ? new IllegalStateException("the handler's answer is null")
            : Failures.cause(failure));
  }

  private CompletableFuture<Payload> handle(Seal.Call call, RpcHandler.Request request) {
    RpcHandler handler = handlers.get(call.name());
    if (handler == null) {
      return CompletableFuture.failedFuture(
          new RpcException(Kind.NO_SUCH_RPC, address() + " has no RPC " + call.name()));
    }
    Duration timeout =
        call.timeout().compareTo(request.timeout()) < 0 ? call.timeout() : request.timeout();
    try {
      CompletableFuture<Payload> answer =
          handler.handle(new RpcHandler.Request(request.peer(), call.request(), timeout));
      if (answer == null) {
        throw new IllegalStateException("the handler returned no future");
      }
      return answer;
    } catch (RuntimeException e) {
      LOG.warning(() -> call.name() + " for " + request.peer() + " failed: " + e);
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<ByteBuffer> call(
      String address, String name, Payload request, Duration timeout) {
    Seal.name(name);
    if (timeout.isZero() || timeout.isNegative()) {
      return CompletableFuture.failedFuture(
          new RpcException(Kind.TIMEOUT, name + " of " + address + " had no time"));
    }
    Duration bounded = timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout;
    Callee callee = callees.computeIfAbsent(address, each -> new Callee(context, each));
    return new KeyedCall(this, callee, address, name, request, bounded).start();
  }

  @Override
  public void close() {
    below.close();
  }
}
