package copper.codec;

import java.nio.ByteBuffer;
import java.util.List;

/** The answer of the shutdown RPC: i32, 0 when the node ends, -1 when it does not allow that. */
public final class ShutdownResponse {
  private static final String MESSAGE = "the answer of " + Rpcs.SHUTDOWN;

  private ShutdownResponse() {}

  /** Returns the message. */
  public static List<ByteBuffer> encode(boolean accepted) {
    return List.of(new CerealOutput(MESSAGE, 4).i32(accepted ? 0 : -1).toBuffer());
  }

  /**
   * Reads the answer and tells whether the node ends.
   *
   * @throws CodecException if it is none
   */
  public static boolean decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(MESSAGE, payload);
    int status = input.i32("the status");
    input.end();
    if (status != 0 && status != -1) {
      throw input.bad("its status is " + status + ", neither 0 nor -1");
    }
    return status == 0;
  }
}
