package copper.codec;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The request of copper_push: a child waits for what its parent sends on, and says what became of
 * what it was sent before, all of it since the child started.
 *
 * @param kept how many things it took
 * @param used how many of these were asked for by now
 * @param useless how many it did not take, since it had them, had asked for them or had no room
 */
public record PushRequest(long kept, long used, long useless) {
  /** Returns the message's bytes. */
  public List<ByteBuffer> encode() {
    return List.of(new CerealOutput(24).i64(kept).i64(used).i64(useless).toBuffer());
  }

  /**
   * Reads a message; fields that a later version puts behind those known here are passed over.
   *
   * @throws CodecException if it is none
   */
  public static PushRequest decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, "request of " + Rpcs.PUSH);
    PushRequest request = new PushRequest(input.i64(), input.i64(), input.i64());
    if (request.kept < 0 || request.used < 0 || request.useless < 0) {
      throw input.wrong("negative counts: " + request);
    }
    return request;
  }

  /** Returns how many things came. */
  public long came() {
    return kept + useless;
  }
}
