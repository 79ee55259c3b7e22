package copper.codec;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The request of copper_serving and its answer: each side tells the other how it stands.
 *
 * @param settled whether the node has found who it has its answers from, so that it can serve
 * @param millis for how long its tree is known to have worked; 0 where it has not yet
 */
public record Serving(boolean settled, long millis) {
  /** Returns the message's bytes. */
  public List<ByteBuffer> encode() {
    return List.of(new CerealOutput(16).i64(settled ? 1 : 0).i64(millis).toBuffer());
  }

  /**
   * Reads a message; fields that a later version puts behind those known here are passed over.
   *
   * @throws CodecException if it is none
   */
  public static Serving decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, Rpcs.SERVING);
    long settled = input.i64();
    long millis = input.i64();
    if (settled < 0 || settled > 1 || millis < 0) {
      throw input.wrong("settled " + settled + ", worked for " + millis + " ms");
    }
    return new Serving(settled == 1, millis);
  }
}
