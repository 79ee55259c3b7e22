package copper.store;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells whether a node's children ask for the same things: whether another child has asked for more
 * than half of what was asked for lately. Safe on any thread.
 */
final class Likeness {
  /** Things that are looked at. */
  private static final int WINDOW = 64;

  /** Fewer that were asked for twice say nothing. */
  private static final int LEAST = 16;

  private final Map<PushThing, Asked> lately = new LinkedHashMap<>();
  private int shared;
  private volatile boolean seen;

  private record Asked(String by, boolean others) {}

  /** Takes note that the child {@code peer} asks for {@code thing}. */
  void note(String peer, PushThing thing) {
    if (!seen) {
      add(peer, thing);
    }
  }

  private synchronized void add(String peer, PushThing thing) {
    Asked before = lately.get(thing);
    if (before == null) {
      lately.put(thing, new Asked(peer, false));
      dropOldest();
    } else if (!before.others() && !before.by().equals(peer)) {
      lately.put(thing, new Asked(before.by(), true));
      shared++;
    }
    if (shared >= LEAST && 2 * shared > lately.size()) {
      seen = true;
    }
  }

  private void dropOldest() {
    if (lately.size() > WINDOW) {
      Iterator<Asked> oldest = lately.values().iterator();
      shared -= oldest.next().others() ? 1 : 0;
      oldest.remove();
    }
  }

  /** Tells whether they do, or did when they still asked themselves. */
  boolean isSeen() {
    return seen;
  }

  /** Looks anew. */
  synchronized void forget() {
    lately.clear();
    shared = 0;
    seen = false;
  }
}
