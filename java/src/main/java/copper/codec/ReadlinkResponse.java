package copper.codec;

import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The answer of copper_readlink: i32 status (0 or -errno) and a vector of the target's bytes, of
 * none after an error.
 */
public final class ReadlinkResponse {
  private static final String MESSAGE = "the answer of " + Rpcs.READLINK;

  private ReadlinkResponse() {}

  /** Returns the message. */
  public static List<ByteBuffer> encode(Reply<byte[]> reply) {
    byte[] target = reply.ok() ? reply.value() : new byte[0];
    CerealOutput output = new CerealOutput(MESSAGE, 4 + CerealOutput.size(target));
    return List.of(output.i32(-reply.errno()).bytes(target).toBuffer());
  }

  /**
   * Reads the answer.
   *
   * @throws CodecException if it is none, or the target is empty or holds a NUL
   */
  public static Reply<byte[]> decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(MESSAGE, payload);
    int errno = input.errno();
    byte[] target = input.bytes("the target");
    input.end();
    if ((errno == 0) == (target.length == 0)) {
      throw input.bad("its target has " + target.length + " bytes with errno " + errno);
    }
    for (byte b : target) {
      if (b == 0) {
        throw input.bad("its target holds a NUL");
      }
    }
    return errno == 0 ? Reply.of(target) : Reply.failure(errno);
  }
}
