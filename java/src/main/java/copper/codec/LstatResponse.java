package copper.codec;

import copper.model.FileStat;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The answer of rpc_lstat: i32 status (0 or -errno) and, unless the request had dest, a vector of
 * the 144 bytes of the stat image, or of none after an error.
 */
public final class LstatResponse {
  private static final String MESSAGE = "the answer of " + Rpcs.LSTAT;

  private LstatResponse() {}

  /** Returns the message for a request with {@code dest}. */
  public static List<ByteBuffer> encode(boolean dest, Reply<FileStat> reply) {
    if (dest) {
      return Status.encode(MESSAGE, reply);
    }
    byte[] image = reply.ok() ? reply.value().toBytes() : new byte[0];
    CerealOutput output = new CerealOutput(MESSAGE, 4 + CerealOutput.size(image));
    return List.of(output.i32(-reply.errno()).bytes(image).toBuffer());
  }

  /**
   * Reads the answer to a request without dest.
   *
   * @throws CodecException if it is none
   */
  public static Reply<FileStat> decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(MESSAGE, payload);
    int errno = input.errno();
    byte[] image = input.bytes("the stat image");
    input.end();
    int expected = errno == 0 ? FileStat.SIZE : 0;
    if (image.length != expected) {
      throw input.bad("its stat image has " + image.length + " bytes and should have " + expected);
    }
    return errno == 0 ? Reply.of(FileStat.of(image)) : Reply.failure(errno);
  }

  /**
   * Reads the answer to a request with dest and returns its errno, 0 for success.
   *
   * @throws CodecException if it is none
   */
  public static int decodeStatus(ByteBuffer payload) {
    return Status.decode(MESSAGE, payload);
  }
}
