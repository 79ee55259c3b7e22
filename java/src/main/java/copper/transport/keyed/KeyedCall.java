package copper.transport.keyed;

import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A call on its way: to a callee that may have to be met first, and perhaps met anew. */
final class KeyedCall {
  private final KeyedTransport transport;
  private final Callee callee;
  private final String address;
  private final String name;
  private final Payload request;
  private final long deadline;
  private final CompletableFuture<ByteBuffer> result = new CompletableFuture<>();
  private volatile CompletableFuture<ByteBuffer> below;
  private boolean repeated;

  /** Makes a call that is to end after {@code timeout}, at most some years. */
  KeyedCall(
      KeyedTransport transport,
      Callee callee,
      String address,
      String name,
      Payload request,
      Duration timeout) {
    this.transport = transport;
    this.callee = callee;
    this.address = address;
    this.name = name;
    this.request = request;
    this.deadline = System.nanoTime() + timeout.toNanos();
  }

  /** Begins, and returns what comes of it. */
  CompletableFuture<ByteBuffer> start() {
    var unused =
        result.whenComplete(
            (answer, failure) -> {
              if (result.isCancelled()) {
                cancel();
              }
            });
    attempt();
    return result;
  }

  private void cancel() {
    CompletableFuture<ByteBuffer> call = below;
    if (call != null) {
      call.cancel(false);
    }
  }

  private Duration left() {
    return Duration.ofNanos(deadline - System.nanoTime());
  }

  private void attempt() {
    CompletableFuture<Optional<Session>> meeting = callee.meet();
    if (!meeting.isDone()) {
      // Others wait for it too.
      meeting = meeting.copy().orTimeout(left().toNanos(), TimeUnit.NANOSECONDS);
    }
    var unused = meeting.whenComplete(this::met);
  }

  private void met(Optional<Session> session, Throwable failure) {
    Duration left = left();
    Throwable cause = Failures.cause(failure);
    if (left.isNegative() || left.isZero() || cause instanceof TimeoutException) {
      fail(Kind.TIMEOUT, "was not sent in time", cause);
    } else if (cause instanceof RpcException e && e.kind() == Kind.TIMEOUT) {
      attempt();
    } else if (failure != null) {
      result.completeExceptionally(cause);
    } else if (session.isEmpty()) {
      sendOpen(left);
    } else {
      send(session.get(), left);
    }
  }

  private void fail(Kind kind, String why, Throwable cause) {
    result.completeExceptionally(
        new RpcException(kind, name + " of " + address + " " + why, cause));
  }

  /** Sends to who has no key. */
  private void sendOpen(Duration left) {
    if (!transport.isOpen(name)) {
      if (transport.opensNothing()) {
        // Whoever is to be waited for may be somebody else at the next call.
        callee.doubt();
      }
      result.completeExceptionally(transport.notAsked(address, name));
      return;
    }
    sent(transport.below().call(address, name, request, left))
        .whenComplete(
            (answer, failure) -> {
              if (failure == null) {
                result.complete(answer);
                return;
              }
              if (Failures.cause(failure) instanceof RpcException e
                  && (e.kind() == Kind.UNREACHABLE || e.kind() == Kind.TIMEOUT)) {
                callee.doubt();
              }
              result.completeExceptionally(Failures.cause(failure));
            });
  }

  private CompletableFuture<ByteBuffer> sent(CompletableFuture<ByteBuffer> call) {
    below = call;
    if (result.isDone()) {
      call.cancel(false);
    }
    return call;
  }

  private void send(Session session, Duration left) {
    Session.Sealed sealed = session.call(name, request, left);
    var unused =
        sent(transport.below().call(address, KeyedTransport.SEALED, sealed.message(), left))
            .whenComplete(
                (answer, failure) -> {
                  if (failure == null) {
                    answered(session, sealed.number(), answer);
                  } else {
                    failed(session, Failures.cause(failure));
                  }
                });
  }

  private void failed(Session session, Throwable failure) {
    if (!(failure instanceof RpcException e)) {
      result.completeExceptionally(failure);
    } else if (e.kind() == Kind.NO_SUCH_RPC) {
      again(session);
    } else {
      fail(e.kind(), "failed: " + e.getMessage(), e);
    }
  }

  /** It does not know the session: it was started anew, or has had too many others since. */
  private void again(Session session) {
    callee.forget(session);
    if (repeated) {
      fail(Kind.DENIED, "failed: it does not take this node's seal", null);
    } else {
      repeated = true;
      attempt();
    }
  }

  private void answered(Session session, long number, ByteBuffer message) {
    Seal.Answer answer;
    try {
      answer = session.open(number, message);
    } catch (IllegalArgumentException e) {
      fail(
          Kind.DENIED,
          "failed: the answer is not from who holds the job's secret, or was changed on its way: "
              + e.getMessage(),
          e);
      return;
    }
    switch (answer.status()) {
      case Seal.ANSWER -> result.complete(answer.payload());
      case Seal.FAILURE -> failedThere(answer.payload());
      default -> again(session);
    }
  }

  private void failedThere(ByteBuffer failure) {
    Kind kind = failure.hasRemaining() ? Failure.kind(failure.get()) : Kind.FAILED;
    fail(kind, "failed: " + StandardCharsets.UTF_8.decode(failure), null);
  }
}
