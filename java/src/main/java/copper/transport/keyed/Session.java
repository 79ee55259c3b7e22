package copper.transport.keyed;

import copper.transport.Payload;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The keys that one caller and one node have agreed on, for the calls and their answers; each end
 * has an object of its own. Safe on any thread.
 */
final class Session {
  private final long id;
  private final Hmac calls;
  private final Hmac answers;
  private final AtomicLong next = new AtomicLong();
  private final Window window = new Window();

  Session(long id, Hmac calls, Hmac answers) {
    this.id = id;
    this.calls = calls;
    this.answers = answers;
  }

  /** A sealed call, and the number that its answer must be for. */
  record Sealed(long number, Payload message) {}

  /** Seals a call, at the caller. */
  Sealed call(String name, Payload request, Duration timeout) {
    long number = next.getAndIncrement();
    return new Sealed(number, Seal.call(calls, id, number, name, request, timeout));
  }

  /** Tells whether {@code call} is of this session, and comes for the first time; at the node. */
  boolean accepts(Seal.Call call) {
    return call.isBy(calls) && window.accept(call.number());
  }

  /** Seals an answer to the call of this number, or a failure, at the node. */
  Payload answer(long number, int status, Payload answer) {
    return Seal.answer(answers, number, status, answer);
  }

  /**
   * Takes apart what came for the call of this number, at the caller.
   *
   * @throws IllegalArgumentException if it is not what the node answered
   */
  Seal.Answer open(long number, ByteBuffer message) {
    return Seal.open(answers, number, message);
  }
}
