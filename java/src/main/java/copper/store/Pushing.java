package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.codec.PushAnswer;
import copper.codec.PushAnswer.Item;
import copper.codec.PushRequest;
import copper.config.PushMode;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.RawPath;
import copper.model.Reply;
import copper.transport.Payload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Sends children what they have not asked for and are likely to: what another child asked for, and
 * what came from this node's own parent.
 *
 * <p>A message is the answer to a request of the child that waits here, so it goes to whoever asks
 * this node, and no child can be sent more than it takes. It is made of what is in the caches after
 * its request was taken out of the queue: so what the child keeps is as new as what it would have
 * been told had it asked then, however either node was reset meanwhile.
 *
 * <p>Safe on any thread, never blocks.
 */
final class Pushing {
  /** A message with nothing in it. */
  static final Payload NOTHING = new Payload(PushAnswer.encode(List.of()));

  /** A message of so many bytes takes nothing more. */
  private static final long FULL = 256 << 10;

  /** Longer things are not sent, in bytes; a message has less than 2 MiB then. */
  static final long LARGEST = (2 << 20) - FULL;

  /**
   * Children that are up to each other ask for the same within this time: what is on its way twice
   * costs more than it spares. Things wait so long, and up to twice, which also puts more of them
   * into one message.
   */
  private static final Duration HEAD_START = Duration.ofMillis(5);

  private static final int MOST_CHILDREN = 4096;
  private static final Duration SILENCE = Duration.ofMinutes(5);

  private final PushMode mode;
  private final PushContents contents;
  private final Executor executor;
  private final ScheduledExecutorService timer;
  private final Ticker ticker;
  private final Counters counters;
  private final Likeness likeness = new Likeness();

  /** What came since the last tick, and before it. */
  private List<PushThing> fresh = new ArrayList<>();

  private List<PushThing> ripening = new ArrayList<>();

  /** By how the transport names them. */
  private final Map<String, PushQueue> children = new ConcurrentHashMap<>();

  /**
   * Makes one without children.
   *
   * @param executor makes the messages
   */
  Pushing(
      PushMode mode,
      PushContents contents,
      Executor executor,
      ScheduledExecutorService timer,
      Ticker ticker,
      Counters counters) {
    this.mode = mode;
    this.contents = contents;
    this.executor = executor;
    this.timer = timer;
    this.ticker = ticker;
    this.counters = counters;
  }

  /** Tells whether anything is ever sent. */
  boolean isOn() {
    return mode != PushMode.OFF;
  }

  /** Returns the next message for a child; how that is made to end is the caller's to say. */
  CompletableFuture<Payload> serve(String peer, PushRequest request) {
    PushQueue child = children.get(peer);
    if (child == null) {
      long longAgo = ticker.read() - SILENCE.toNanos();
      children.values().removeIf(other -> other.isSilentSince(longAgo));
      if (children.size() >= MOST_CHILDREN) {
        return CompletableFuture.completedFuture(NOTHING);
      }
      child = children.computeIfAbsent(peer, name -> new PushQueue(request));
    }
    if (child.judge(request, ticker.read())) {
      likeness.forget();
    }
    CompletableFuture<Payload> answer = new CompletableFuture<>();
    child.hold(answer, ticker.read());
    if (child.hasThings()) {
      schedule(child);
    }
    return answer;
  }

  /** Takes note that a child asks for {@code thing}, and sends it to the others once it is here. */
  <T> void asked(String peer, PushThing thing, CompletableFuture<Reply<T>> answer) {
    PushQueue child = children.get(peer);
    if (child == null) {
      return;
    }
    child.know(thing);
    if (mode == PushMode.AUTO) {
      likeness.note(peer, thing);
    }
    offer(thing, answer);
  }

  /** Sends on what {@code query} brings from this node's own parent. */
  <T> void came(Query<T> query, RawPath path, CompletableFuture<Reply<T>> answer) {
    if (!children.isEmpty()) {
      PushThing.of(query, path).ifPresent(thing -> offer(thing, answer));
    }
  }

  /** Sends {@code thing} to all children that do not have it, once it is here. */
  <T> void offer(PushThing thing, CompletableFuture<Reply<T>> answer) {
    if (!children.isEmpty()) {
      answer.thenAccept(
          reply -> {
            if (reply.ok()) {
              offer(thing);
            }
          });
    }
  }

  /** Sends {@code thing}, which is here, to all children that do not have it. */
  void offer(PushThing thing) {
    if (children.isEmpty() || (mode == PushMode.AUTO && !likeness.isSeen())) {
      return;
    }
    boolean first;
    synchronized (this) {
      first = fresh.isEmpty() && ripening.isEmpty();
      fresh.add(thing);
    }
    if (first) {
      tickLater();
    }
  }

  private void tickLater() {
    try {
      timer.schedule(this::tick, HEAD_START.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The node is closing.
    }
  }

  private void tick() {
    List<PushThing> ripe;
    boolean more;
    synchronized (this) {
      ripe = ripening;
      ripening = fresh;
      fresh = new ArrayList<>();
      more = !ripening.isEmpty();
    }
    ripe.forEach(this::queue);
    if (more) {
      tickLater();
    }
  }

  private void queue(PushThing thing) {
    for (PushQueue child : children.values()) {
      if (child.offer(thing, ticker.read())) {
        schedule(child);
      }
    }
  }

  private void schedule(PushQueue child) {
    if (child.scheduled().compareAndSet(false, true)) {
      try {
        // Not here: this thread brings answers that somebody waits for.
        executor.execute(
            () -> {
              child.scheduled().set(false);
              send(child);
            });
      } catch (RejectedExecutionException e) {
        // The node is closing.
        child.scheduled().set(false);
      }
    }
  }

  private void send(PushQueue child) {
    CompletableFuture<Payload> request = child.begin();
    while (request != null) {
      List<Item> items = message(child);
      if (items.isEmpty()) {
        child.putBack(request);
      } else {
        Payload message = new Payload(PushAnswer.encode(items));
        counters.add(Counter.PUSHED, items.size());
        counters.add(Counter.PUSHED_BYTES, message.length());
        request.complete(message);
      }
      request = child.begin();
    }
  }

  private List<Item> message(PushQueue child) {
    boolean metadata = child.isMetadataNext();
    List<Item> items = new ArrayList<>();
    long bytes = 0;
    while (bytes < FULL && items.size() < PushAnswer.MOST) {
      PushThing thing = child.next(metadata, ticker.read());
      if (thing == null) {
        return items;
      }
      Optional<Item> item = contents.find(thing).filter(found -> found.length() <= LARGEST);
      if (item.isPresent()) {
        items.add(item.get());
        bytes += item.get().length();
      }
    }
    return items;
  }

  /** Forgets what children have. */
  void clear() {
    children.values().forEach(PushQueue::clear);
    likeness.forget();
  }
}
