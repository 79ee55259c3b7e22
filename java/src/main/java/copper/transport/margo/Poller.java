package copper.transport.margo;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A thread's work: waits in native code for what happens and passes it on, until the node ends. */
final class Poller implements Runnable {
  private static final Logger LOG = Logger.getLogger(Poller.class.getName());

  /** How often deadlines are looked at that Margo does not keep itself. */
  private static final long SWEEP_MILLIS = 500;

  /** How long an answer may take to reach who asked; a dead one never fetches it. */
  private static final Duration LONGEST_SENDING = Duration.ofMinutes(1);

  private final NativeNode node;
  private final Calls calls;
  private final Services services;
  private final Runnable onShutdown;
  private final long[] event = new long[4];
  private final String[] text = new String[1];

  Poller(NativeNode node, Calls calls, Services services, Runnable onShutdown) {
    this.node = node;
    this.calls = calls;
    this.services = services;
    this.onShutdown = onShutdown;
  }

  @Override
  public void run() {
    long lastSweep = System.nanoTime();
    boolean open = true;
    while (open) {
      try {
        open = handle(node.poll(SWEEP_MILLIS, event, text));
        long now = System.nanoTime();
        if (now - lastSweep >= TimeUnit.MILLISECONDS.toNanos(SWEEP_MILLIS)) {
          lastSweep = now;
          calls.sweep(now);
          services.sweep(now);
          node.sweep(LONGEST_SENDING);
        }
      } catch (RuntimeException | Error e) {
        // What follows a completed call is the caller's code. One mistake must not stop the rest.
        LOG.log(Level.SEVERE, "while handling an event of Margo", e);
      }
    }
  }

  private boolean handle(byte[] payload) {
    switch ((int) event[0]) {
      case MargoNative.EVENT_REQUEST ->
          services.requested(event[1], (int) event[2], text[0], payload);
      case MargoNative.EVENT_ANSWER -> calls.answered(event[1], payload);
      case MargoNative.EVENT_FAILURE -> calls.failed(event[1], error((int) event[2]));
      case MargoNative.EVENT_REJECTED -> {
        String peer = text[0];
        text[0] = "margo_get_input";
        services.rejected((int) event[2], peer, error((int) event[3]));
      }
      case MargoNative.EVENT_SHUTDOWN -> onShutdown.run();
      case MargoNative.EVENT_CLOSED -> {
        return false;
      }
      default -> {
        // Nothing happened.
      }
    }
    return true;
  }

  private MargoException error(int code) {
    return new MargoException(text[0], code, MargoNative.errorName(code));
  }
}
