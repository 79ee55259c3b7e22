package copper.store;

import copper.codec.PushRequest;
import copper.transport.Payload;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What one child is to be sent, by name alone, and its requests that wait for it. What goes unused
 * stops it for a time, which doubles each time in a row. Safe on any thread.
 */
final class PushQueue {
  /** Requests that wait; each brings a message, so no more than these are under way. */
  static final int WINDOW = 2;

  /** Things that wait to be sent; beyond it the oldest is dropped. */
  private static final int MOST_WAITING = 1024;

  /** Things remembered that the child has, or was sent. */
  private static final int REMEMBERED = 8192;

  /** After so many things, and so long after the first, it is judged whether they were of use. */
  private static final int JUDGED = 64;

  private static final Duration JUDGED_AFTER = Duration.ofSeconds(1);

  /** After so many, it is judged however soon they came. */
  private static final int JUDGED_AT_ONCE = 512;

  /** One in so many must have been used. */
  private static final int LEAST_USE = 4;

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
  private static final int MOST_DOUBLINGS = 6;

  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Deque<CompletableFuture<Payload>> waiting = new ArrayDeque<>();
  private final Set<PushThing> metadata = new LinkedHashSet<>();
  private final Set<PushThing> data = new LinkedHashSet<>();
  private final Set<PushThing> known =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<PushThing, Boolean> eldest) {
              return size() > REMEMBERED;
            }
          });

  /** What the child had said when the present things began. */
  private PushRequest base;

  private PushRequest latest;
  private long lastRequest;
  private long firstSent;
  private boolean sent;
  private boolean paused;
  private long pausedUntil;
  private int pauses;

  /** Makes the queue of a child that has just made itself known by {@code first}. */
  PushQueue(PushRequest first) {
    base = first;
    latest = first;
  }

  /** Has a request wait; one too many is ended without anything. */
  void hold(CompletableFuture<Payload> request, long now) {
    CompletableFuture<Payload> surplus = null;
    synchronized (this) {
      lastRequest = now;
      waiting.removeIf(CompletableFuture::isDone);
      waiting.add(request);
      if (waiting.size() > WINDOW) {
        surplus = waiting.remove();
      }
    }
    if (surplus != null) {
      surplus.complete(Pushing.NOTHING);
    }
  }

  /** Takes note of what the child says; returns whether that has stopped it. */
  synchronized boolean judge(PushRequest now, long time) {
    latest = now;
    long came = now.came() - base.came();
    if (came < JUDGED
        || (time - firstSent < JUDGED_AFTER.toNanos() && came < JUDGED_AT_ONCE)
        || isPaused(time)) {
      return false;
    }
    boolean useless = LEAST_USE * (now.used() - base.used()) < came;
    base = now;
    sent = false;
    pauses = useless ? pauses + 1 : 0;
    if (useless) {
      paused = true;
      pausedUntil = time + (FIRST_PAUSE.toNanos() << Math.min(MOST_DOUBLINGS, pauses - 1));
      metadata.clear();
      data.clear();
    }
    return useless;
  }

  private boolean isPaused(long time) {
    if (paused && time - pausedUntil >= 0) {
      paused = false;
      base = latest;
    }
    return paused;
  }

  /** Takes note that the child has asked for {@code thing} itself. */
  synchronized void know(PushThing thing) {
    known.add(thing);
    of(thing).remove(thing);
  }

  private Set<PushThing> of(PushThing thing) {
    return thing.isMetadata() ? metadata : data;
  }

  /** Has {@code thing} sent unless the child has it; returns whether it can be right now. */
  synchronized boolean offer(PushThing thing, long time) {
    if (isPaused(time) || !known.add(thing)) {
      return false;
    }
    Set<PushThing> queue = of(thing);
    queue.add(thing);
    if (queue.size() > MOST_WAITING) {
      Iterator<PushThing> oldest = queue.iterator();
      oldest.next();
      oldest.remove();
    }
    return !waiting.isEmpty();
  }

  /** Returns a request to be answered; null if there is none, or nothing to answer it with. */
  synchronized CompletableFuture<Payload> begin() {
    waiting.removeIf(CompletableFuture::isDone);
    return hasThings() ? waiting.poll() : null;
  }

  /** Tells whether there is something to be sent. */
  synchronized boolean hasThings() {
    return !metadata.isEmpty() || !data.isEmpty();
  }

  /** Has a request wait again that could not be answered. */
  synchronized void putBack(CompletableFuture<Payload> request) {
    waiting.addFirst(request);
  }

  /** Returns whether attributes and names are to be sent next. */
  synchronized boolean isMetadataNext() {
    return !metadata.isEmpty();
  }

  /** Takes out the next thing; null if there is none of this sort. */
  synchronized PushThing next(boolean ofMetadata, long time) {
    Iterator<PushThing> oldest = (ofMetadata ? metadata : data).iterator();
    if (!oldest.hasNext()) {
      return null;
    }
    PushThing thing = oldest.next();
    oldest.remove();
    if (!sent) {
      sent = true;
      firstSent = time;
    }
    return thing;
  }

  /** Tells whether the child has been silent since {@code time}. */
  synchronized boolean isSilentSince(long time) {
    waiting.removeIf(CompletableFuture::isDone);
    return waiting.isEmpty() && lastRequest - time < 0;
  }

  /** Forgets what the child has and what it was to be sent. */
  synchronized void clear() {
    metadata.clear();
    data.clear();
    known.clear();
  }

  /** Returns whether somebody already sees to it that things are sent. */
  AtomicBoolean scheduled() {
    return scheduled;
  }
}
