package copper.transport.keyed;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcTransport;
import copper.transport.Secret;
import copper.transport.keyed.Introduction.Message;
import copper.transport.keyed.Introduction.Talk;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A node that this one calls: whether it holds the secret, and the session with it.
 *
 * <p>One that has shown the secret once has to show it always. One that does not know copper_key is
 * asked again after a while, and after it has been away.
 */
final class Callee {
  private static final Logger LOG = Logger.getLogger(Callee.class.getName());

  private static final Duration ROUND = Duration.ofSeconds(2);
  private static final Duration MEMORY = Duration.ofMinutes(1);

  static final String SAME_SECRET =
      "start all nodes of a job with the same -secret_file (or COPPER_SECRET_FILE)";

  /** What all of a transport's callees have in common. */
  record Context(
      RpcTransport below,
      Secret secret,
      UnaryOperator<String> identity,
      SecureRandom random,
      Ticker ticker,
      Sha256 sha) {}

  private final Context context;
  private final String address;
  private Session session;
  private boolean proven;
  private boolean open;
  private boolean told;
  private long openSince;
  private CompletableFuture<Optional<Session>> meeting;

  Callee(Context context, String address) {
    this.context = context;
    this.address = address;
  }

  /**
   * Returns the session with it, which may have to be made; empty if it does not know of keys.
   * Fails with an {@link RpcException}: DENIED if it has another secret, or had this one.
   */
  CompletableFuture<Optional<Session>> meet() {
    CompletableFuture<Optional<Session>> begun;
    synchronized (this) {
      if (session != null || isOpen()) {
        return CompletableFuture.completedFuture(Optional.ofNullable(session));
      }
      if (meeting != null) {
        return meeting;
      }
      begun = new CompletableFuture<>();
      meeting = begun;
    }
    introduce(begun);
    return begun;
  }

  private boolean isOpen() {
    open &= context.ticker.read() - openSince < MEMORY.toNanos();
    return open;
  }

  /** Forgets that it knows of no keys. */
  synchronized void doubt() {
    open = false;
  }

  /** Forgets a session that it does not know. */
  synchronized void forget(Session old) {
    if (session == old) {
      session = null;
    }
  }

  private void introduce(CompletableFuture<Optional<Session>> begun) {
    byte[] nonce = new byte[Introduction.NONCE_BYTES];
    context.random.nextBytes(nonce);
    var unused =
        ask(Introduction.message(Introduction.OPEN, nonce))
            .thenCompose(answer -> challenged(nonce, answer))
            .thenApply(Optional::of)
            .exceptionally(this::strange)
            .whenComplete((met, failure) -> end(begun, met, failure));
  }

  private void end(
      CompletableFuture<Optional<Session>> begun, Optional<Session> met, Throwable failure) {
    synchronized (this) {
      meeting = null;
      if (failure == null) {
        session = met.orElse(null);
        proven |= met.isPresent();
        open = met.isEmpty();
        openSince = context.ticker.read();
      }
    }
    if (failure == null) {
      begun.complete(met);
    } else {
      begun.completeExceptionally(Failures.cause(failure));
    }
  }

  private CompletableFuture<ByteBuffer> ask(ByteBuffer message) {
    return context.below.call(address, KeyedTransport.KEY, Payload.of(message), ROUND);
  }

  private CompletableFuture<Session> challenged(byte[] nonce, ByteBuffer answer) {
    Message message = expect(Introduction.CHALLENGE, answer);
    byte[] cookie = message.bytes(Introduction.COOKIE_BYTES);
    String says = StandardCharsets.UTF_8.decode(message.body()).toString();
    String identity = context.identity.apply(address);
    if (!context.identity.apply(says).equals(identity)) {
      throw denied(
          "answers as '"
              + printable(says)
              + "': write each node's address into the address book as it prints it");
    }
    Talk talk = new Talk(context.secret, nonce, cookie, identity);
    return ask(Introduction.message(Introduction.PROOF, nonce, cookie, talk.callerProof()))
        .thenApply(granted -> granted(talk, granted));
  }

  private Session granted(Talk talk, ByteBuffer answer) {
    Message message = expect(Introduction.GRANT, answer);
    long id = message.body().getLong();
    if (!Introduction.same(talk.nodeProof(id), message.bytes(Introduction.PROOF_BYTES))) {
      throw denied("does not hold this node's secret; " + SAME_SECRET);
    }
    return talk.session(id, context.sha);
  }

  private Message expect(int type, ByteBuffer answer) {
    Message message;
    try {
      message = Introduction.parse(answer);
    } catch (IllegalArgumentException e) {
      throw denied("was asked for its proof, and what it says cannot be read: " + e.getMessage());
    }
    if (message.version() != Introduction.VERSION) {
      throw denied(
          "speaks version "
              + message.version()
              + " of copper_key, this node "
              + Introduction.VERSION
              + "; have all nodes run one release");
    }
    if (message.type() == Introduction.REFUSAL) {
      throw refused(message.body().get());
    }
    if (message.type() != type) {
      throw denied("said something that has no place in copper_key");
    }
    return message;
  }

  private RpcException refused(int reason) {
    return switch (reason) {
      case Introduction.PROOF_WRONG -> denied("has another secret than this node; " + SAME_SECRET);
      case Introduction.COOKIE_OLD ->
          new RpcException(Kind.TIMEOUT, address + " was too slow to be shown the job's secret");
      default -> denied("refused this node");
    };
  }

  /** Takes it for a node without a key, or fails as {@code failure} says. */
  private synchronized Optional<Session> strange(Throwable failure) {
    RpcException e =
        Failures.cause(failure) instanceof RpcException known
            ? known
            : new RpcException(Kind.FAILED, address + ": " + failure, failure);
    switch (e.kind()) {
      case TIMEOUT, UNREACHABLE, OVERLOADED, CLOSED, DENIED -> throw e;
      case NO_SUCH_RPC -> {
        if (proven) {
          throw denied("held the job's secret before and now knows of none; " + SAME_SECRET);
        }
        LOG.log(
            told ? Level.FINE : Level.INFO,
            () -> address + " has no key: it is a C++ node, or has no secret");
        told = true;
        return Optional.empty();
      }
      default -> throw denied("cannot be asked for its proof: " + e.getMessage());
    }
  }

  private RpcException denied(String why) {
    return new RpcException(Kind.DENIED, address + " " + why);
  }

  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
