package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.codec.Hello;
import copper.codec.Rpcs;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.Outcome;
import copper.metrics.jfr.FailoverEvent;
import copper.metrics.jfr.RpcEvent;
import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;

/**
 * The way to this node's parent: asks whether it is ready and what it can before the first call and
 * after each one that broke, and repeats a call that can be repeated, since all of them only read.
 *
 * <p>Readiness follows C++ Copper (src/copper/server_local_cache_provider.cpp): rpc_is_ready after
 * 10 ms, doubling to 1 s, for at most two minutes. One probe runs at a time, however many calls
 * wait for it, so that a dead parent costs one caller's work. When the time is over the calls that
 * wait fail, the probe goes on, and until it succeeds further calls fail at once. Nothing here
 * blocks.
 *
 * <p>The hello that tells what the parent can follows the probe. It is said again beside a call
 * once in a while, since a parent may be restarted with nobody calling it, and at once when the
 * parent does not know an RPC that it said it had.
 */
final class ParentLink {
  private static final Logger LOG = Logger.getLogger(ParentLink.class.getName());

  private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final Duration HELLO_AGAIN = Duration.ofSeconds(30);

  private final RpcTransport transport;
  private final String parent;
  private final Timeouts timeouts;
  private final ScheduledExecutorService timer;
  private final Ticker ticker;
  private final Counters counters;
  private final long started;
  private final AtomicBoolean answeredOnce = new AtomicBoolean();
  private final Greeting greeting;

  /** When the latest hello was said. */
  private final AtomicLong greeted = new AtomicLong();

  private volatile Capabilities capabilities = Capabilities.ASSUMED;

  /** The state of the parent as far as it is known; replaced, never changed. */
  private final AtomicReference<Readiness> readiness = new AtomicReference<>();

  /**
   * What is known of the parent.
   *
   * @param ready completes when the parent answers, or fails when it has not for too long
   */
  private record Readiness(CompletableFuture<Capabilities> ready) {}

  /**
   * A call with all its tries.
   *
   * @param repeated whether the parent has said that it does not know the RPC
   */
  private record Question(
      String rpc,
      Payload request,
      long deadline,
      CompletableFuture<ByteBuffer> answer,
      boolean repeated) {
    Question again() {
      return new Question(rpc, request, deadline, answer, true);
    }
  }

  ParentLink(
      RpcTransport transport,
      String parent,
      Timeouts timeouts,
      Hello own,
      ScheduledExecutorService timer,
      Ticker ticker,
      Counters counters) {
    this.transport = transport;
    this.parent = parent;
    this.timeouts = timeouts;
    this.timer = timer;
    this.ticker = ticker;
    this.counters = counters;
    this.started = ticker.read();
    this.greeting = new Greeting(transport, parent, own, timeouts.probe());
  }

  /** Returns the parent's address. */
  String address() {
    return parent;
  }

  /** Returns what the parent can, as far as it is known: while it is away, what it could. */
  Capabilities capabilities() {
    return capabilities;
  }

  /**
   * Calls {@code rpc} on the parent when it is ready; fails with an {@link RpcException} when
   * {@link Timeouts#request} has passed, and at once where the parent does not serve the RPC.
   */
  CompletableFuture<ByteBuffer> call(String rpc, Payload request) {
    CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
    long deadline = ticker.read() + timeouts.request().toNanos();
    attempt(new Question(rpc, request, deadline, answer, false));
    return answer;
  }

  private void attempt(Question question) {
    Readiness used = readiness();
    used.ready()
        .whenComplete(
            (able, unreachable) -> {
              if (unreachable != null) {
                fail(question.answer(), unreachable);
              } else if (able.has(question.rpc())) {
                sayHelloAgain(used);
                send(question, used);
              } else {
                fail(question.answer(), notServed(question.rpc()));
              }
            });
  }

  /** What a caller hears of an RPC that the parent does not serve. */
  RpcException notServed(String rpc) {
    return new RpcException(
        RpcException.Kind.NO_SUCH_RPC, "parent " + parent + " does not serve " + rpc);
  }

  private void send(Question question, Readiness used) {
    long left = question.deadline() - ticker.read();
    if (left <= 0) {
      String time = timeouts.request().toSeconds() + " s";
      fail(
          question.answer(),
          new RpcException(
              RpcException.Kind.TIMEOUT,
              question.rpc() + " of " + parent + " has no answer after " + time));
      return;
    }
    counters.increment(Counter.RPC_SENT);
    Duration timeout = Duration.ofNanos(Math.min(left, timeouts.call().toNanos()));
    Call call = new Call(question.rpc());
    transport
        .call(parent, question.rpc(), question.request(), timeout)
        .whenComplete(
            (payload, failure) -> {
              call.ended(payload, failure);
              if (failure == null) {
                counters.add(Counter.RPC_BYTES_IN, payload.remaining());
                question.answer().complete(payload);
              } else if (isRepeatable(failure)) {
                suspect(used, failure);
                attempt(question);
              } else if (breaksItsWord(question.rpc(), failure) && !question.repeated()) {
                // It has been replaced by another one, to which no hello has been said.
                suspect(used, failure);
                attempt(question.again());
              } else {
                fail(question.answer(), failure);
              }
            });
  }

  /** A call on its way, which is measured. */
  private final class Call {
    private final String rpc;
    private final long start = counters.now();
    private final RpcEvent event = new RpcEvent();

    Call(String rpc) {
      this.rpc = rpc;
      event.begin();
    }

    void ended(ByteBuffer payload, Throwable failure) {
      counters
          .of(new Operation(Operation.Layer.ASKED, rpc))
          .record(Outcome.DONE, counters.now() - start);
      if (event.shouldCommit()) {
        event.rpc = rpc;
        event.peer = parent;
        event.bytes = failure == null ? payload.remaining() : 0;
        event.failure = failure == null ? null : Failures.cause(failure).getMessage();
        event.commit();
      }
      if (failure == null && answeredOnce.compareAndSet(false, true)) {
        // C++ Copper's words (src/copper/server_local_cache_provider.cpp), for scripts that look
        // for them.
        LOG.info(
            () ->
                "first successful parent "
                    + (rpc.startsWith("rpc_") ? rpc : "rpc_" + rpc)
                    + " completed after "
                    + microsSinceStart()
                    + " us since provider startup");
      }
    }
  }

  private long microsSinceStart() {
    return TimeUnit.NANOSECONDS.toMicros(ticker.read() - started);
  }

  private void note(String what, String reason) {
    FailoverEvent event = new FailoverEvent();
    if (event.shouldCommit()) {
      event.peer = parent;
      event.what = what;
      event.reason = reason;
      event.commit();
    }
  }

  private static boolean breaksItsWord(String rpc, Throwable failure) {
    return Rpcs.isOurs(rpc)
        && Failures.cause(failure) instanceof RpcException e
        && e.kind() == RpcException.Kind.NO_SUCH_RPC;
  }

  private void fail(CompletableFuture<ByteBuffer> answer, Throwable failure) {
    counters.increment(Counter.RPC_FAILED);
    answer.completeExceptionally(Failures.cause(failure));
  }

  /** Tells whether another try may go better: the parent restarts, is slow, or is swamped. */
  private static boolean isRepeatable(Throwable failure) {
    if (!(Failures.cause(failure) instanceof RpcException e)) {
      return false;
    }
    return switch (e.kind()) {
      case UNREACHABLE, TIMEOUT, OVERLOADED -> true;
      case NO_SUCH_RPC, FAILED, BAD_MESSAGE, DENIED, CLOSED -> false;
    };
  }

  private Readiness readiness() {
    Readiness present = readiness.get();
    if (present != null) {
      return present;
    }
    Readiness fresh = new Readiness(new CompletableFuture<>());
    if (!readiness.compareAndSet(null, fresh)) {
      return readiness.get();
    }
    startProbing(fresh, timeouts.firstReady());
    return fresh;
  }

  /** A call broke: whoever sees it first starts a probe, the others wait for it. */
  private void suspect(Readiness used, Throwable failure) {
    Readiness fresh = new Readiness(new CompletableFuture<>());
    if (readiness.compareAndSet(used, fresh)) {
      LOG.warning("parent " + parent + " is suspect: " + Failures.cause(failure).getMessage());
      note("suspect", Failures.cause(failure).getMessage());
      startProbing(fresh, timeouts.readyAgain());
    }
  }

  private void startProbing(Readiness state, Duration patience) {
    probe(state, ticker.read() + patience.toNanos(), FIRST_PAUSE);
  }

  private void probe(Readiness state, long patientUntil, Duration pause) {
    transport
        .call(parent, Rpcs.IS_READY, Payload.EMPTY, timeouts.probe())
        .whenComplete(
            (payload, failure) -> {
              if (failure == null
                  && payload.remaining() == 1
                  && payload.get(payload.position()) == 1) {
                greet(state, patientUntil, pause);
              } else {
                probeAgain(state, patientUntil, pause, failure);
              }
            });
  }

  private void greet(Readiness state, long patientUntil, Duration pause) {
    greeted.set(ticker.read());
    greeting
        .say()
        .whenComplete(
            (able, failure) -> {
              if (failure == null) {
                confirm(state, able);
              } else {
                probeAgain(state, patientUntil, pause, failure);
              }
            });
  }

  private void confirm(Readiness state, Capabilities able) {
    LOG.info(
        () ->
            "parent readiness confirmed: "
                + parent
                + " after "
                + microsSinceStart()
                + " us since provider startup");
    note("ready", null);
    capabilities = able;
    if (!state.ready().complete(able)) {
      // Its waiters were told that the parent is lost; those who come now find it ready.
      readiness.set(new Readiness(CompletableFuture.completedFuture(able)));
    }
  }

  /** Says hello beside a call when the last one is long ago; nobody waits for it. */
  private void sayHelloAgain(Readiness used) {
    long last = greeted.get();
    long now = ticker.read();
    if (now - last < HELLO_AGAIN.toNanos() || !greeted.compareAndSet(last, now)) {
      return;
    }
    greeting
        .say()
        .thenAccept(
            able -> {
              Readiness changed = new Readiness(CompletableFuture.completedFuture(able));
              if (!able.equals(capabilities) && readiness.compareAndSet(used, changed)) {
                capabilities = able;
              }
            });
  }

  private void probeAgain(Readiness state, long patientUntil, Duration pause, Throwable failure) {
    if (failure != null
        && Failures.cause(failure) instanceof RpcException e
        && (e.kind() == RpcException.Kind.CLOSED || e.kind() == RpcException.Kind.DENIED)) {
      if (e.kind() == RpcException.Kind.DENIED) {
        LOG.severe("parent " + parent + " is not asked: " + e.getMessage());
      }
      state.ready().completeExceptionally(e);
      return;
    }
    if (ticker.read() - patientUntil >= 0 && !state.ready().isDone()) {
      String why =
          failure == null ? "it says that it is not ready" : Failures.cause(failure).getMessage();
      LOG.severe("parent " + parent + " is lost: " + why);
      note("lost", why);
      state
          .ready()
          .completeExceptionally(
              new RpcException(
                  RpcException.Kind.UNREACHABLE, "parent " + parent + " is lost: " + why));
    }
    Duration next = pause.multipliedBy(2);
    timer.schedule(
        () -> probe(state, patientUntil, next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next),
        pause.toNanos(),
        TimeUnit.NANOSECONDS);
  }
}
