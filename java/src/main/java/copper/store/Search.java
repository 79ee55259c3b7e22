package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.model.Failures;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * One look for a node that answers: all that may be asked are probed at the same time, and the
 * first in their order that is there is taken as soon as those before it have had their time.
 *
 * <p>A node that says nothing has its whole time; one that refuses connections a shorter one; one
 * that was lost before has none, and is taken only if it answers while others are waited for. The
 * probes go on from 10 ms, doubling to 1 s, as C++ Copper's
 * (src/copper/server_local_cache_provider.cpp). Safe on any thread.
 */
final class Search {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
  private static final Duration CLOCK = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private final List<Candidate> candidates = new ArrayList<>();
  private final Patience patience;
  private final ScheduledExecutorService timer;
  private final Ticker ticker;
  private final Consumer<Result> listener;
  private boolean hurried;

  /** How long this process itself stood still meanwhile, in ns. */
  private long stoodStill;

  private boolean over;

  /**
   * How long nodes are waited for.
   *
   * @param began when that began, on the ticker
   * @param silent a node that says nothing
   * @param refused one that cannot be connected to, or says that it is not ready
   * @param probe one probe
   */
  record Patience(long began, Duration silent, Duration refused, Duration probe) {}

  /**
   * What was found.
   *
   * @param search which search this is the result of
   * @param server the first node that is there, if there is one
   * @param absent those before it, in words for the log why
   * @param failure why no node may be asked, nor storage: this node does not belong to them, or is
   *     closing
   */
  record Result(
      Search search, Optional<Ancestor> server, List<Absent> absent, Optional<Throwable> failure) {}

  /** A node that is not there. */
  record Absent(Ancestor node, String why) {}

  /** A node that may be found; guarded by the search. */
  private static final class Candidate {
    private final Ancestor node;
    private final boolean lost;
    private Duration pause = FIRST_PAUSE;
    private int probes;
    private int heard;
    private boolean there;
    private Throwable failure;

    private Candidate(Ancestor node, boolean lost) {
      this.node = node;
      this.lost = lost;
    }

    private boolean has(Kind kind) {
      return failure instanceof RpcException e && e.kind() == kind;
    }
  }

  Search(
      List<Ancestor> nodes,
      Predicate<Ancestor> lost,
      Patience patience,
      ScheduledExecutorService timer,
      Ticker ticker,
      Consumer<Result> listener) {
    nodes.forEach(node -> candidates.add(new Candidate(node, lost.test(node))));
    this.patience = patience;
    this.timer = timer;
    this.ticker = ticker;
    this.listener = listener;
  }

  /** Begins; the listener hears of the result once, perhaps before this returns. */
  void begin() {
    candidates.forEach(this::probe);
    lookAtClock();
    for (Duration end : List.of(patience.refused(), patience.silent())) {
      later(patience.began() + end.toNanos() - ticker.read(), this::decide);
    }
    decide();
  }

  /** Ends all patience. */
  void hurry() {
    synchronized (this) {
      hurried = true;
    }
    decide();
  }

  /** A process that gets no time hears nobody, which is not to be taken for silence. */
  private void lookAtClock() {
    long due = ticker.read() + CLOCK.toNanos();
    later(
        CLOCK.toNanos(),
        () -> {
          long late = ticker.read() - due;
          synchronized (this) {
            if (over) {
              return;
            }
            stoodStill += late > CLOCK.toNanos() / 2 ? late : 0;
          }
          decide();
          lookAtClock();
        });
  }

  private void later(long nanos, Runnable action) {
    timer.schedule(action, Math.max(0, nanos), TimeUnit.NANOSECONDS);
  }

  private void probe(Candidate candidate) {
    int number;
    synchronized (this) {
      if (over || candidate.there) {
        return;
      }
      number = ++candidate.probes;
    }
    candidate
        .node
        .meet(patience.probe())
        .whenComplete((met, failure) -> heard(candidate, number, Failures.cause(failure)));
    if (isLatest(candidate, number)) {
      // One that hangs may have been lost on its way: another one follows it.
      later(
          LONGEST_PAUSE.toNanos(),
          () -> {
            if (isUnheard(candidate, number)) {
              probeAfter(candidate, number);
            }
          });
    }
  }

  private synchronized boolean isLatest(Candidate candidate, int number) {
    return candidate.probes == number && !over && !candidate.there;
  }

  private synchronized boolean isUnheard(Candidate candidate, int number) {
    return candidate.heard < number;
  }

  private void probeAfter(Candidate candidate, int number) {
    if (isLatest(candidate, number)) {
      probe(candidate);
    }
  }

  private void heard(Candidate candidate, int number, Throwable failure) {
    Duration pause;
    synchronized (this) {
      candidate.there |= failure == null;
      candidate.failure = failure;
      candidate.heard = Math.max(candidate.heard, number);
      pause = candidate.pause;
      Duration next = pause.multipliedBy(2);
      candidate.pause = next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next;
    }
    decide();
    if (failure != null && isLatest(candidate, number) && !candidate.has(Kind.CLOSED)) {
      later(pause.toNanos(), () -> probeAfter(candidate, number));
    }
  }

  private void decide() {
    Result result;
    synchronized (this) {
      Optional<Result> found = over ? Optional.empty() : result();
      if (found.isEmpty()) {
        return;
      }
      over = true;
      result = found.get();
    }
    listener.accept(result);
  }

  private Optional<Result> result() {
    List<Absent> absent = new ArrayList<>();
    for (Candidate candidate : candidates) {
      if (candidate.there) {
        return Optional.of(new Result(this, Optional.of(candidate.node), absent, Optional.empty()));
      }
      if (isWaitedFor(candidate)) {
        return Optional.empty();
      }
      absent.add(new Absent(candidate.node, why(candidate)));
    }
    return Optional.of(new Result(this, Optional.empty(), absent, refusal()));
  }

  private boolean isWaitedFor(Candidate candidate) {
    if (hurried || candidate.lost || isRefusal(candidate)) {
      return false;
    }
    boolean silent = candidate.failure == null || candidate.has(Kind.TIMEOUT);
    Duration time = silent ? patience.silent() : patience.refused();
    return ticker.read() - patience.began() - stoodStill < time.toNanos();
  }

  private static boolean isRefusal(Candidate candidate) {
    return candidate.has(Kind.DENIED) || candidate.has(Kind.CLOSED);
  }

  private static String why(Candidate candidate) {
    return candidate.failure == null ? "it does not answer" : candidate.failure.getMessage();
  }

  /** Where every node refuses this one, storage is not to be asked by it either. */
  private Optional<Throwable> refusal() {
    return candidates.stream().allMatch(Search::isRefusal)
        ? candidates.stream().map(candidate -> candidate.failure).findFirst()
        : Optional.empty();
  }
}
