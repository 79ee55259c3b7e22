package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjLongConsumer;

/**
 * Looks now and then at nodes that have calls to answer. One from which nothing was heard for a
 * while is asked whether it is there, beside the calls: a slow one says so, a dead one does not.
 *
 * <p>Nothing is scheduled while there are no calls. Safe on any thread.
 */
final class Watch {
  private final Timeouts timeouts;
  private final ScheduledExecutorService timer;
  private final Ticker ticker;
  private final ObjLongConsumer<Ancestor> onSilence;

  /**
   * Makes a watch over nothing.
   *
   * @param onSilence told, at each look, of a node that did not say it is there, and since when
   */
  Watch(
      Timeouts timeouts,
      ScheduledExecutorService timer,
      Ticker ticker,
      ObjLongConsumer<Ancestor> onSilence) {
    this.timeouts = timeouts;
    this.timer = timer;
    this.ticker = ticker;
    this.onSilence = onSilence;
  }

  /** Watches {@code node}, which has just been given a call, until it has none left. */
  void begin(Ancestor node) {
    if (node.beginWatch()) {
      long now = ticker.read();
      later(node, now, now);
    }
  }

  private void later(Ancestor node, long since, long now) {
    timer.schedule(() -> look(node, since, now), timeouts.beat().toNanos(), TimeUnit.NANOSECONDS);
  }

  private void look(Ancestor node, long since, long last) {
    if (node.underWay().isEmpty()) {
      node.endWatch();
      if (!node.underWay().isEmpty()) {
        begin(node);
      }
      return;
    }
    long now = ticker.read();
    long beat = timeouts.beat().toNanos();
    long from = Math.max(since, node.heard());
    long late = now - last - beat;
    if (late > beat / 2) {
      // This process itself stood still, so what the other one said may not have been heard.
      from = Math.min(now, from + late);
    }
    long silence = now - from;
    if (silence >= beat) {
      // Its answer is a sign of life, whoever hears it.
      node.probe(timeouts.failover()).exceptionally(failure -> null);
    }
    if (silence >= 2 * beat) {
      onSilence.accept(node, now - silence + beat);
    }
    later(node, from, now);
  }
}
