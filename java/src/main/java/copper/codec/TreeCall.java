package copper.codec;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * The request of every RPC that goes down the tree: what is to be done on the node that gets it,
 * and then on each node below it.
 *
 * @param patience how long the sender waits for the answer; networks do not carry it
 * @param body what the RPC itself is told; the buffer is not changed
 */
public record TreeCall(Duration patience, ByteBuffer body) {
  /** Returns the request's bytes. */
  public ByteBuffer encode() {
    return new CerealOutput(16 + body.remaining()).i64(patience.toMillis()).bytes(body).toBuffer();
  }

  /**
   * Reads a request; its body is a part of {@code payload}.
   *
   * @throws CodecException if it is none
   */
  public static TreeCall decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, "request down the tree");
    long millis = input.i64();
    TreeCall call = new TreeCall(Duration.ofMillis(millis), input.slice());
    input.end();
    if (millis < 0 || millis > Duration.ofDays(1).toMillis()) {
      throw input.wrong("a patience of " + millis + " ms");
    }
    return call;
  }
}
