package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.codec.Serving;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.Failures;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Who answers this node's questions: its parent, or while that is lost the next one above that is
 * there, or storage.
 *
 * <p>At first the parent alone is waited for, two minutes from this node's start, as C++ Copper
 * does; it need not be up yet. That patience is over once the tree is known to have worked, by this
 * node's own experience or another's ({@link Serving}). From then on a node that refuses
 * connections, or gives no sign of life while it is asked something ({@link Watch}), starts a
 * {@link Search}; those that were lost are taken back when they answer ({@link Comebacks}). Nothing
 * here blocks. Safe on any thread; no future is completed, and nobody called, under the lock.
 */
final class Succession implements Comebacks.Listener {
  private static final Duration LONGEST_PROBE = Duration.ofSeconds(1);
  private static final Duration ASK_AGE = Duration.ofSeconds(5);

  /** Who served so long is trusted anew. */
  private static final Duration TRUSTED = Duration.ofMinutes(1);

  /** How many nodes beyond the parent are asked for the tree's age. */
  private static final int ASKED_AGE = 2;

  private final List<Ancestor> above;
  private final Timeouts timeouts;
  private final ScheduledExecutorService timer;
  private final Ticker ticker;
  private final Counters counters;
  private final Consumer<Ancestor> onLoss;
  private final Watch watch;
  private final Comebacks comebacks;
  private final SuccessionLog log;
  private final long started;

  private Search search;
  private boolean starting = true;
  private long workedSince;
  private boolean hasWorked;
  private volatile Choice choice;

  /**
   * Makes it; nobody is called before {@link #choice}.
   *
   * @param above whom to ask, in this order, at least one
   * @param onLoss told of each node that is asked no longer, so that what it has not answered is
   *     asked of another
   */
  Succession(
      List<Ancestor> above,
      Timeouts timeouts,
      ScheduledExecutorService timer,
      Ticker ticker,
      Counters counters,
      Consumer<Ancestor> onLoss) {
    this.above = List.copyOf(above);
    this.timeouts = timeouts;
    this.timer = timer;
    this.ticker = ticker;
    this.counters = counters;
    this.onLoss = onLoss;
    this.started = ticker.read();
    this.watch = new Watch(timeouts, timer, ticker, this::silent);
    this.comebacks = new Comebacks(timeouts, timer, this);
    this.log = new SuccessionLog(ticker);
  }

  /** Returns who is to be asked; the first call begins to look for the parent. */
  Choice choice() {
    Choice present = choice;
    return present != null ? present : first();
  }

  /** Returns who is asked now, without looking for anybody. */
  Optional<Choice> present() {
    return Optional.ofNullable(choice);
  }

  /** Tells whether {@code node} was asked and is not there. */
  boolean isLost(Ancestor node) {
    return comebacks.isLost(node);
  }

  /** Looks after {@code node}, which has just been given a call. */
  void watch(Ancestor node) {
    watch.begin(node);
  }

  private Choice first() {
    Search begun;
    synchronized (this) {
      if (choice != null) {
        return choice;
      }
      choice = new Choice(new CompletableFuture<>(), above.get(0), ticker.read());
      Duration left = timeouts.firstReady().minusNanos(ticker.read() - started);
      Duration patience = left.compareTo(timeouts.failover()) < 0 ? timeouts.failover() : left;
      Duration probe = timeouts.failover();
      begun =
          search(
              above.subList(0, 1),
              new Search.Patience(
                  ticker.read(),
                  patience,
                  patience,
                  probe.compareTo(LONGEST_PROBE) < 0 ? probe : LONGEST_PROBE));
      search = begun;
    }
    begun.begin();
    if (above.size() > 1) {
      timer.schedule(this::askAge, 2 * timeouts.failover().toNanos(), TimeUnit.NANOSECONDS);
    }
    return choice;
  }

  private Search search(List<Ancestor> nodes, Search.Patience patience) {
    return new Search(nodes, comebacks::isLost, patience, timer, ticker, this::found);
  }

  private Search searchAll(long began) {
    // Not all that have lost a node go elsewhere at the same moment.
    Duration silent = timeouts.failover().plusNanos(spread(timeouts.failover()));
    Duration refused = timeouts.refused().plusNanos(spread(timeouts.refused()));
    return search(above, new Search.Patience(began, silent, refused, timeouts.failover()));
  }

  private long spread(Duration time) {
    return above.get(0).jittered(time.dividedBy(16), above.size());
  }

  /** A call by {@code used} broke: whoever sees it first begins a search, the others wait. */
  void doubt(Choice used, Throwable failure) {
    Search begun = null;
    synchronized (this) {
      if (!choice.equals(used) || used.settled().isEmpty()) {
        return;
      }
      choice = new Choice(new CompletableFuture<>(), used.latest(), used.since());
      if (search == null) {
        begun = searchAll(ticker.read());
        search = begun;
      }
    }
    log.suspect(used.latest(), Failures.cause(failure).getMessage());
    if (begun != null) {
      begun.begin();
    }
  }

  /** A node has said nothing since {@code since}, though it was asked whether it is there. */
  private void silent(Ancestor node, long since) {
    Search begun;
    if (choice.isSettled() && choice.settled().filter(node::equals).isEmpty()) {
      // It is asked no longer, and has not answered yet what it was asked before.
      if (ticker.read() - since >= timeouts.failover().toNanos()) {
        onLoss.accept(node);
      }
      return;
    }
    synchronized (this) {
      if (search != null || choice.settled().filter(node::equals).isEmpty()) {
        return;
      }
      begun = searchAll(since);
      search = begun;
    }
    log.suspect(node, "it has given no sign of life for a while");
    begun.begin();
  }

  private void found(Search.Result result) {
    Choice before;
    Choice after;
    Search begun = null;
    synchronized (this) {
      if (search != result.search()) {
        return;
      }
      search = null;
      before = choice;
      boolean parentNeverCame = starting && result.server().isEmpty() && result.failure().isEmpty();
      starting = false;
      if (parentNeverCame) {
        after = null;
        result.absent().forEach(absent -> lose(absent, 0));
        search = searchAll(ticker.read());
        begun = search;
      } else {
        after = next(before, result);
        choice = after;
        noteWork(ticker.read());
      }
    }
    if (begun != null) {
      begun.begin();
      return;
    }
    tell(before, after, result);
    if (result.failure().isPresent()) {
      before.server().completeExceptionally(result.failure().get());
    } else {
      before.server().complete(result.server());
    }
    if (!after.settled().filter(before.latest()::equals).isPresent()) {
      onLoss.accept(before.latest());
    }
  }

  private Choice next(Choice before, Search.Result result) {
    boolean same = result.server().filter(before.latest()::equals).isPresent();
    if (same && before.isSettled()) {
      return before;
    }
    return new Choice(
        result.failure().isPresent()
            ? CompletableFuture.failedFuture(result.failure().get())
            : CompletableFuture.completedFuture(result.server()),
        result.server().orElse(before.latest()),
        same ? before.since() : ticker.read());
  }

  private void tell(Choice before, Choice after, Search.Result result) {
    result.absent().forEach(absent -> lose(absent, ticker.read() - before.since()));
    if (after.equals(before)) {
      log.recovered(after.latest());
      return;
    }
    if (result.server().filter(before.latest()::equals).isPresent()) {
      log.ready(before.latest());
    } else if (result.failure().isPresent()) {
      log.refused(result.failure().get());
    } else {
      counters.increment(Counter.FAILOVERS);
      log.wentOver(after.settled());
    }
  }

  private void lose(Search.Absent absent, long served) {
    if (comebacks.isLost(absent.node())) {
      return;
    }
    log.lost(absent.node(), absent.why());
    if (served > TRUSTED.toNanos()) {
      comebacks.trust(absent.node());
    }
    comebacks.lose(absent.node());
  }

  @Override
  public boolean isWanted(Ancestor node) {
    return node.rank() < choice.rank();
  }

  @Override
  public boolean takeBack(Ancestor node) {
    synchronized (this) {
      if (search != null) {
        return false;
      }
      if (node.rank() >= choice.rank()) {
        return true;
      }
      choice =
          new Choice(CompletableFuture.completedFuture(Optional.of(node)), node, ticker.read());
    }
    counters.increment(Counter.FAILBACKS);
    log.back(node);
    return true;
  }

  @Override
  public Serving standing() {
    boolean settled = choice().isSettled();
    synchronized (this) {
      long worked = hasWorked ? Math.max(0, ticker.read() - workedSince) : 0;
      return new Serving(settled, TimeUnit.NANOSECONDS.toMillis(worked));
    }
  }

  @Override
  public void learn(Serving other) {
    Search hurried = null;
    synchronized (this) {
      if (other.millis() > 0) {
        noteWork(ticker.read() - TimeUnit.MILLISECONDS.toNanos(other.millis()));
      }
      if (starting && other.millis() >= timeouts.firstReady().toMillis()) {
        hurried = search;
      }
    }
    if (hurried != null) {
      hurried.hurry();
    }
  }

  private void noteWork(long since) {
    workedSince = hasWorked ? Math.min(workedSince, since) : since;
    hasWorked = true;
  }

  /** While the parent does not come up, others may know that the tree has worked long. */
  private void askAge() {
    synchronized (this) {
      if (!starting) {
        return;
      }
    }
    Serving own = standing();
    for (Ancestor node : above.subList(1, Math.min(above.size(), 1 + ASKED_AGE))) {
      node.compare(own, timeouts.failover()).thenAccept(this::learn);
    }
    timer.schedule(this::askAge, ASK_AGE.toNanos(), TimeUnit.NANOSECONDS);
  }
}
