package copper.codec;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The request of copper_echo, whose answer is as many bytes as it says.
 *
 * @param bytes from 0 to {@link #MOST}
 */
public record EchoRequest(int bytes) {
  /** As long an answer can be asked for, in bytes. */
  public static final int MOST = 1 << 20;

  /** Returns the message's bytes. */
  public List<ByteBuffer> encode() {
    return List.of(new CerealOutput(4).i32(bytes).toBuffer());
  }

  /**
   * Reads a message.
   *
   * @throws CodecException if it is none
   */
  public static EchoRequest decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, Rpcs.ECHO);
    int bytes = input.i32();
    if (bytes < 0 || bytes > MOST) {
      throw input.wrong(bytes + " bytes are wanted");
    }
    return new EchoRequest(bytes);
  }
}
