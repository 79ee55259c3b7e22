package copper.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import copper.codec.CodecException;
import copper.codec.PushAnswer;
import copper.codec.PushAnswer.Item;
import copper.codec.PushRequest;
import copper.codec.Rpcs;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.RawPath;
import copper.transport.Payload;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.logging.Logger;

/**
 * Has the node above send what it is likely to be asked for, and keeps count of what was.
 *
 * <p>A few requests wait at the node that answers this one's questions, as soon as it has answered
 * one; each ends with a message. They end for good when nothing comes for long, and begin anew with
 * the next answer to a question, as they do after a reset and when another node answers.
 *
 * <p>Safe on any thread, never blocks.
 */
final class PushIntake {
  private static final Logger LOG = Logger.getLogger(PushIntake.class.getName());

  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Things of which it is known whether they were used. */
  private static final int REMEMBERED = 10_000;

  private final ParentLink parent;
  private final PushContents contents;
  private final Directories directories;
  private final Pushing pushing;
  private final Duration patience;
  private final Ticker ticker;
  private final Counters counters;

  private final Cache<PushThing, Boolean> unused =
      Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();

  /** Where requests wait now; those of earlier rounds are over. */
  private volatile Round round;

  /** Requests that wait at one node; another round may be at the same. */
  private static final class Round {
    /** Where they wait; nowhere if they are over. */
    private final Optional<Ancestor> server;

    /** When others may begin. */
    private final long from;

    private Round(Optional<Ancestor> server, long from) {
      this.server = server;
      this.from = from;
    }
  }

  /**
   * Makes one that waits nowhere.
   *
   * @param pushing sends on to children what has come
   * @param patience how long a request may wait
   */
  PushIntake(
      ParentLink parent,
      PushContents contents,
      Directories directories,
      Pushing pushing,
      Duration patience,
      Ticker ticker,
      Counters counters) {
    this.parent = parent;
    this.contents = contents;
    this.directories = directories;
    this.pushing = pushing;
    this.patience = patience;
    this.ticker = ticker;
    this.counters = counters;
    this.round = new Round(Optional.empty(), ticker.read());
    parent.onAnswer(this::answered);
  }

  /** The node {@code server} has answered a question: it may be asked for more. */
  private void answered(Ancestor server) {
    Round present = round;
    if (present.server.filter(server::equals).isPresent()
        || !server.capabilities().has(Rpcs.PUSH)
        || ticker.read() - present.from < 0) {
      return;
    }
    Round begun = new Round(Optional.of(server), ticker.read());
    synchronized (this) {
      if (round != present) {
        return;
      }
      round = begun;
    }
    for (int i = 0; i < PushQueue.WINDOW; i++) {
      ask(begun, server);
    }
  }

  private synchronized void end(Round over, Duration pause) {
    if (round == over) {
      round = new Round(Optional.empty(), ticker.read() + pause.toNanos());
    }
  }

  private void ask(Round own, Ancestor server) {
    long asked = directories.generation();
    PushRequest said =
        new PushRequest(
            counters.get(Counter.PUSH_TAKEN),
            counters.get(Counter.PUSH_USED),
            counters.get(Counter.PUSH_USELESS));
    server
        .call(Rpcs.PUSH, new Payload(said.encode()), patience)
        .whenComplete(
            (payload, failure) -> {
              if (failure == null && round == own && take(payload, server, asked)) {
                ask(own, server);
              } else {
                end(own, PAUSE);
              }
            });
  }

  /**
   * Takes what has come; returns false if there was nothing in it, or nothing that is understood.
   */
  private boolean take(ByteBuffer payload, Ancestor server, long asked) {
    server.hear();
    try {
      List<Item> items = PushAnswer.decode(payload);
      if (!parent.isAsked(server)) {
        return false;
      }
      items.forEach(item -> take(item, asked));
      return !items.isEmpty();
    } catch (CodecException e) {
      LOG.warning(() -> "what " + server.address() + " sends cannot be read: " + e.getMessage());
      return false;
    }
  }

  private void take(Item item, long asked) {
    Optional<PushThing> kept = contents.take(item, asked);
    if (kept.isEmpty()) {
      counters.increment(Counter.PUSH_USELESS);
      return;
    }
    counters.increment(Counter.PUSH_TAKEN);
    unused.put(kept.get(), Boolean.TRUE);
    pushing.offer(kept.get());
  }

  /** Takes note that an answer of {@code query} that was here has been asked for. */
  void used(Query<?> query, RawPath path) {
    if (!unused.asMap().isEmpty()) {
      PushThing.bringing(query, path).forEach(this::used);
    }
  }

  /** Takes note that {@code thing}, which was here, has been asked for. */
  void used(PushThing thing) {
    if (unused.asMap().remove(thing) != null) {
      counters.increment(Counter.PUSH_USED);
    }
  }

  /** Says that the caches are about to be cleared: what waits now is not to be kept. */
  void beginClear() {
    synchronized (this) {
      round = new Round(Optional.empty(), ticker.read());
    }
    unused.invalidateAll();
  }
}
