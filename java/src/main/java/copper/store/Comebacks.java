package copper.store;

import copper.codec.Serving;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The nodes that were lost: each is asked again, with pauses that grow to ten seconds and differ
 * from node to node, until it is there and knows itself who it has its answers from. One that is
 * lost again soon is asked less often from the start. Safe on any thread.
 */
final class Comebacks {
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final int MOST_DOUBLINGS = 10;

  private final Timeouts timeouts;
  private final ScheduledExecutorService timer;
  private final Listener listener;
  private final Set<Ancestor> lost = ConcurrentHashMap.newKeySet();

  /** How often each was asked in vain. */
  private final Map<Ancestor, Integer> attempts = new ConcurrentHashMap<>();

  /** Who wants them back. */
  interface Listener {
    /** Tells whether {@code node} would be preferred to who is asked now. */
    boolean isWanted(Ancestor node);

    /** Returns how this node stands. */
    Serving standing();

    /** Takes note of how another node stands. */
    void learn(Serving other);

    /** Takes {@code node} back; returns false if that has to wait. */
    boolean takeBack(Ancestor node);
  }

  Comebacks(Timeouts timeouts, ScheduledExecutorService timer, Listener listener) {
    this.timeouts = timeouts;
    this.timer = timer;
    this.listener = listener;
  }

  /** Tells whether {@code node} is lost. */
  boolean isLost(Ancestor node) {
    return lost.contains(node);
  }

  /** Takes note that {@code node} is lost; if it is known already, nothing happens. */
  void lose(Ancestor node) {
    if (lost.add(node)) {
      askLater(node);
    }
  }

  /** Takes note that {@code node} has been good for long. */
  void trust(Ancestor node) {
    attempts.remove(node);
  }

  private void askLater(Ancestor node) {
    int before = attempts.merge(node, 1, Integer::sum) - 1;
    Duration pause = timeouts.refused().multipliedBy(1L << Math.min(MOST_DOUBLINGS, before));
    if (pause.compareTo(LONGEST_PAUSE) > 0) {
      pause = LONGEST_PAUSE;
    }
    timer.schedule(() -> ask(node), node.jittered(pause, before), TimeUnit.NANOSECONDS);
  }

  /** Others may have lost {@code node} anew meanwhile, and found that this was known. */
  private void forget(Ancestor node) {
    lost.remove(node);
    if (listener.isWanted(node)) {
      lose(node);
    }
  }

  private void ask(Ancestor node) {
    if (!listener.isWanted(node)) {
      forget(node);
      return;
    }
    node.meet(timeouts.failover())
        .thenCompose(met -> node.compare(listener.standing(), timeouts.failover()))
        .whenComplete(
            (standing, failure) -> {
              if (failure == null) {
                listener.learn(standing);
              }
              if (failure == null && standing.settled() && listener.takeBack(node)) {
                forget(node);
              } else {
                askLater(node);
              }
            });
  }
}
