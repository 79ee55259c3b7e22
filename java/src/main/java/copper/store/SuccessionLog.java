package copper.store;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.metrics.jfr.FailoverEvent;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;

/** What the log, and a flight recording, say of who answers a node's questions. */
final class SuccessionLog {
  private static final Logger LOG = Logger.getLogger(SuccessionLog.class.getName());

  private final Ticker ticker;
  private final long started;

  SuccessionLog(Ticker ticker) {
    this.ticker = ticker;
    this.started = ticker.read();
  }

  /** A node is not sure to be there. */
  void suspect(Ancestor node, String why) {
    LOG.warning(() -> name(node) + " is suspect: " + why);
    note(node.address(), "suspect", why);
  }

  /** It is there. */
  void recovered(Ancestor node) {
    LOG.info(() -> name(node) + " answers again");
    note(node.address(), "ready", null);
  }

  /** A node is there that was waited for. */
  void ready(Ancestor node) {
    // For the parent C++ Copper's words (src/copper/server_local_cache_provider.cpp), for scripts
    // that look for them.
    LOG.info(
        () ->
            node.role().word()
                + " readiness confirmed: "
                + node.address()
                + " after "
                + TimeUnit.NANOSECONDS.toMicros(ticker.read() - started)
                + " us since provider startup");
    note(node.address(), "ready", null);
  }

  /** A node is not there. */
  void lost(Ancestor node, String why) {
    LOG.severe(() -> name(node) + " is lost: " + why);
    note(node.address(), "lost", why);
  }

  /** Another one is asked in place of those that are lost. */
  void wentOver(Optional<Ancestor> server) {
    String who = server.map(SuccessionLog::name).orElse("storage itself, with no node between,");
    LOG.warning(() -> who + " serves this node now");
    note(server.map(Ancestor::address).orElse("storage"), "serves", null);
  }

  /** No node talks to this one. */
  void refused(Throwable why) {
    LOG.severe(() -> "no other node talks to this one: " + why.getMessage());
  }

  /** A node that was lost is asked again. */
  void back(Ancestor node) {
    LOG.warning(() -> name(node) + " is back and serves this node again");
    note(node.address(), "back", null);
  }

  private static String name(Ancestor node) {
    return node.role().word() + " " + node.address();
  }

  private static void note(String peer, String what, String reason) {
    FailoverEvent event = new FailoverEvent();
    if (event.shouldCommit()) {
      event.peer = peer;
      event.what = what;
      event.reason = reason;
      event.commit();
    }
  }
}
