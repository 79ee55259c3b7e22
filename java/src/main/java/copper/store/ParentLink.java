package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.codec.Hello;
import copper.codec.Rpcs;
import copper.codec.Serving;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.Outcome;
import copper.metrics.Pending;
import copper.metrics.jfr.RpcEvent;
import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.logging.Logger;

/**
 * The way to this node's parent, or to whoever answers in its place (see {@link Succession}):
 * repeats calls that broke, since all of them only read, and asks another node what one that was
 * lost has not answered. Nothing here blocks.
 */
final class ParentLink {
  private static final Logger LOG = Logger.getLogger(ParentLink.class.getName());

  private static final Duration HELLO_AGAIN = Duration.ofSeconds(30);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
  private static final int MOST_DOUBLINGS = 7;

  /** So often a question may break at a node that is there before storage is asked. */
  private static final int FAILURES_BORNE = 2;

  private final Timeouts timeouts;
  private final ScheduledExecutorService timer;
  private final Ticker ticker;
  private final Counters counters;
  private final List<Ancestor> nodes = new ArrayList<>();
  private final Succession succession;
  private final Hello own;
  private final long started;
  private final AtomicBoolean answeredOnce = new AtomicBoolean();
  private volatile Consumer<Ancestor> answers = server -> {};

  /**
   * A call with all its tries.
   *
   * @param broken how many of them broke
   * @param failed how many failed at a node that was there
   * @param unknown whether one has said that it does not know the RPC
   */
  private record Question(
      String rpc,
      Payload request,
      long deadline,
      CompletableFuture<ByteBuffer> answer,
      int broken,
      int failed,
      boolean unknown) {
    Question again() {
      return new Question(rpc, request, deadline, answer, broken + 1, failed, unknown);
    }

    Question afterFailure() {
      return new Question(rpc, request, deadline, answer, broken + 1, failed + 1, unknown);
    }

    Question afterUnknown() {
      return new Question(rpc, request, deadline, answer, broken, failed, true);
    }
  }

  ParentLink(
      RpcTransport transport,
      Above above,
      Timeouts timeouts,
      Hello own,
      ScheduledExecutorService timer,
      Ticker ticker,
      Counters counters) {
    this.timeouts = timeouts;
    this.timer = timer;
    this.own = own;
    this.ticker = ticker;
    this.counters = counters;
    this.started = ticker.read();
    for (String address : above.ancestors()) {
      ServedBy.Role role = nodes.isEmpty() ? ServedBy.Role.PARENT : ServedBy.Role.ANCESTOR;
      nodes.add(node(transport, address, role, nodes.size()));
    }
    for (String address : above.standIns()) {
      nodes.add(node(transport, address, ServedBy.Role.STAND_IN, nodes.size()));
    }
    this.succession = new Succession(nodes, timeouts, timer, ticker, counters, this::move);
  }

  private Ancestor node(RpcTransport transport, String address, ServedBy.Role role, int rank) {
    return new Ancestor(transport, address, role, rank, own, timeouts.failover(), ticker);
  }

  /** Tells whether storage is to be asked now, since no node above answers. */
  boolean isOrphan() {
    return succession.present().filter(Choice::isOrphan).isPresent();
  }

  /** Tells whether there is a node above, and, as far as is known, one that serves {@code rpc}. */
  boolean knows(String rpc) {
    return !isOrphan() && capabilities().has(rpc);
  }

  /** Returns what the node above can, as far as it is known: while it is away, what it could. */
  Capabilities capabilities() {
    return succession
        .present()
        .map(choice -> choice.latest().capabilities())
        .orElse(Capabilities.ASSUMED);
  }

  /** Names who is to hear of each answer, whose it is; called on any thread. */
  void onAnswer(Consumer<Ancestor> listener) {
    answers = listener;
  }

  /** Tells whether {@code node} is the one that is asked now. */
  boolean isAsked(Ancestor node) {
    return succession.present().flatMap(Choice::settled).filter(node::equals).isPresent();
  }

  /** Returns who answers now. */
  ServedBy servedBy() {
    Optional<Choice> present = succession.present();
    Duration since =
        Duration.ofNanos(ticker.read() - present.map(Choice::since).orElse(ticker.read()));
    Optional<Ancestor> server = present.flatMap(Choice::settled);
    boolean orphan = present.filter(Choice::isOrphan).isPresent();
    ServedBy.Role nobody = orphan ? ServedBy.Role.STORAGE : ServedBy.Role.NOBODY;
    return new ServedBy(
        server.map(Ancestor::role).orElse(nobody), server.map(Ancestor::address), since);
  }

  /** Returns the calls of other nodes that have no answer yet, in no order. */
  List<Pending> pending() {
    return nodes.stream()
        .flatMap(node -> node.underWay().stream().map(sent -> sent.pending(node)))
        .toList();
  }

  /** Returns whom this node may ask, in this order, and how each of them is. */
  List<Neighbor> neighbors() {
    Optional<Ancestor> server = succession.present().flatMap(Choice::settled);
    return nodes.stream()
        .map(
            node ->
                new Neighbor(
                    node.role(),
                    node.address(),
                    server.filter(node::equals).isPresent(),
                    succession.isLost(node),
                    node.underWay().size(),
                    Duration.ofNanos(ticker.read() - node.heard())))
        .toList();
  }

  /** Tells another node how this one stands, and learns from how that one does. */
  Serving compare(Serving other) {
    succession.learn(other);
    return succession.standing();
  }

  /**
   * Calls {@code rpc} on the node above when there is one. Fails with an {@link RpcException} when
   * {@link Timeouts#request} has passed, at once where that node does not serve the RPC, and with
   * {@link Orphaned} when storage is to be asked.
   */
  CompletableFuture<ByteBuffer> call(String rpc, Payload request) {
    CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
    long deadline = ticker.read() + timeouts.request().toNanos();
    attempt(new Question(rpc, request, deadline, answer, 0, 0, false));
    return answer;
  }

  private void attempt(Question question) {
    Choice used = succession.choice();
    used.server()
        .whenComplete(
            (server, nobody) -> {
              if (nobody != null) {
                fail(question.answer(), nobody);
              } else if (server.isEmpty()) {
                question.answer().completeExceptionally(new Orphaned());
              } else if (server.get().capabilities().has(question.rpc())) {
                server.get().meetAgain(HELLO_AGAIN);
                send(question, used, server.get());
              } else {
                fail(question.answer(), notServed(question.rpc(), server.get()));
              }
            });
  }

  private void send(Question question, Choice used, Ancestor server) {
    long left = question.deadline() - ticker.read();
    if (left <= 0) {
      String time = timeouts.request().toSeconds() + " s";
      fail(
          question.answer(),
          new RpcException(
              Kind.TIMEOUT,
              question.rpc() + " of " + server.address() + " has no answer after " + time));
      return;
    }
    counters.increment(Counter.RPC_SENT);
    Duration timeout = Duration.ofNanos(Math.min(left, timeouts.call().toNanos()));
    Try sent = new Try(question, used, server);
    server.underWay().add(sent);
    succession.watch(server);
    server.call(question.rpc(), question.request(), timeout).whenComplete(sent::ended);
  }

  /** Asks another node what {@code lost} has not answered. */
  private void move(Ancestor lost) {
    List.copyOf(lost.underWay()).forEach(Try::move);
  }

  /** A call on its way, which is measured. */
  final class Try {
    private final Question question;
    private final Choice used;
    private final Ancestor server;
    private final AtomicBoolean over = new AtomicBoolean();
    private final long start = counters.now();
    private final RpcEvent event = new RpcEvent();

    private Try(Question question, Choice used, Ancestor server) {
      this.question = question;
      this.used = used;
      this.server = server;
      event.begin();
    }

    /** Asks another node; if this one still answers, that will do. */
    private void move() {
      if (server.underWay().remove(this) && over.compareAndSet(false, true)) {
        attempt(question.again());
      }
    }

    private Pending pending(Ancestor node) {
      return new Pending(question.rpc(), "of " + node.address(), start);
    }

    private void ended(ByteBuffer payload, Throwable wrapped) {
      Throwable failure = Failures.cause(wrapped);
      server.underWay().remove(this);
      measure(payload, failure);
      if (failure == null) {
        server.hear();
        over.set(true);
        counters.add(Counter.RPC_BYTES_IN, payload.remaining());
        question.answer().complete(payload);
        answers.accept(server);
        sayFirst();
      } else if (over.compareAndSet(false, true)) {
        broke(failure);
      }
    }

    private void broke(Throwable failure) {
      Kind kind = failure instanceof RpcException e ? e.kind() : Kind.BAD_MESSAGE;
      switch (kind) {
        case UNREACHABLE, DENIED -> doubt(question.again(), failure);
        case TIMEOUT -> {
          if (ticker.read() - server.heard() < timeouts.failover().toNanos()) {
            // It is there, and slow.
            attempt(question.again());
          } else {
            doubt(question.again(), failure);
          }
        }
        case OVERLOADED -> attemptLater(question.again());
        case FAILED -> {
          if (question.failed() < FAILURES_BORNE) {
            doubt(question.afterFailure(), failure);
          } else {
            LOG.warning(() -> "storage is asked instead: " + failure.getMessage());
            question.answer().completeExceptionally(new Orphaned());
          }
        }
        case NO_SUCH_RPC -> {
          server.hear();
          if (Rpcs.isOurs(question.rpc()) && !question.unknown()) {
            // It has been replaced by another one, to which no hello has been said.
            doubt(question.afterUnknown(), failure);
          } else {
            fail(question.answer(), failure);
          }
        }
        case BAD_MESSAGE, CLOSED -> fail(question.answer(), failure);
        default -> throw new IllegalStateException(failure);
      }
    }

    private void doubt(Question next, Throwable failure) {
      succession.doubt(used, failure);
      attemptLater(next);
    }

    private void measure(ByteBuffer payload, Throwable failure) {
      counters
          .of(new Operation(Operation.Layer.ASKED, question.rpc()))
          .record(Outcome.DONE, counters.now() - start);
      if (event.shouldCommit()) {
        event.rpc = question.rpc();
        event.peer = server.address();
        event.bytes = failure == null ? payload.remaining() : 0;
        event.failure = failure == null ? null : failure.getMessage();
        event.commit();
      }
    }

    private void sayFirst() {
      if (!answeredOnce.get() && answeredOnce.compareAndSet(false, true)) {
        // C++ Copper's words (src/copper/server_local_cache_provider.cpp), for scripts that look
        // for them.
        LOG.info(
            () ->
                "first successful parent "
                    + (question.rpc().startsWith("rpc_") ? "" : "rpc_")
                    + question.rpc()
                    + " completed after "
                    + TimeUnit.NANOSECONDS.toMicros(ticker.read() - started)
                    + " us since provider startup");
      }
    }
  }

  /** Tries again: at once, or where that has gone wrong several times, after a while. */
  private void attemptLater(Question question) {
    if (question.broken() <= 1) {
      attempt(question);
      return;
    }
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(MOST_DOUBLINGS, question.broken()));
    try {
      timer.schedule(() -> attempt(question), pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      fail(question.answer(), new RpcException(Kind.CLOSED, "this node is closing", e));
    }
  }

  private static RpcException notServed(String rpc, Ancestor server) {
    return new RpcException(Kind.NO_SUCH_RPC, server.address() + " does not serve " + rpc);
  }

  private void fail(CompletableFuture<ByteBuffer> answer, Throwable failure) {
    counters.increment(Counter.RPC_FAILED);
    answer.completeExceptionally(Failures.cause(failure));
  }
}
