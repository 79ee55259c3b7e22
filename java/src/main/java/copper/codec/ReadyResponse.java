package copper.codec;

import java.nio.ByteBuffer;
import java.util.List;

/** The answer of rpc_is_ready: a bool, whether the node takes requests. */
public final class ReadyResponse {
  private static final String MESSAGE = "the answer of " + Rpcs.IS_READY;

  private ReadyResponse() {}

  /** Returns the message. */
  public static List<ByteBuffer> encode(boolean ready) {
    return List.of(new CerealOutput(MESSAGE, 1).bool(ready).toBuffer());
  }

  /**
   * Reads the answer.
   *
   * @throws CodecException if it is none
   */
  public static boolean decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(MESSAGE, payload);
    boolean ready = input.bool("the answer");
    input.end();
    return ready;
  }
}
