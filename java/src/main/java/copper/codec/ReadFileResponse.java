package copper.codec;

import copper.model.Errno;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The answer of rpc_readfile: i64 status (the file's length or -errno) and, unless the request had
 * dest, a vector of the file's bytes, of none after an error.
 *
 * <p>C++ nodes report every error as 4294967295, a -1 that lost its sign (fs_operation_error in
 * constants.h is unsigned), or as -1 to requests that waited for another's answer. Both are EIO
 * here; the price is that a Java node's EPERM arrives as EIO too.
 */
public final class ReadFileResponse {
  /** What C++ nodes answer instead of -1. */
  private static final long UNSIGNED_MINUS_ONE = 0xffffffffL;

  private static final String MESSAGE = "the answer of " + Rpcs.READFILE;

  private ReadFileResponse() {}

  /**
   * Returns the message for a request with {@code dest}, the file's bytes as its last buffer.
   *
   * <p>They are the value's remaining bytes, shared, not copied: borrowed until the message is
   * sent. The value's position and limit are not touched.
   */
  public static List<ByteBuffer> encode(boolean dest, Reply<ByteBuffer> reply) {
    int length = reply.ok() ? reply.value().remaining() : 0;
    long status = reply.ok() ? length : -reply.errno();
    if (dest) {
      return List.of(new CerealOutput(MESSAGE, 8).i64(status).toBuffer());
    }
    ByteBuffer header = new CerealOutput(MESSAGE, 16).i64(status).i64(length).toBuffer();
    return reply.ok() ? List.of(header, reply.value().slice()) : List.of(header);
  }

  /**
   * Reads the answer to a request without dest.
   *
   * @return the file's bytes, position 0, sharing the payload's memory: direct if that is
   * @throws CodecException if it is none
   */
  public static Reply<ByteBuffer> decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(MESSAGE, payload);
    long status = input.i64("the status");
    ByteBuffer data = input.slice("the file");
    input.end();
    int errno = errno(input, status);
    long expected = errno == 0 ? status : 0;
    if (data.remaining() != expected) {
      throw input.bad("its status is " + status + " and it holds " + data.remaining() + " bytes");
    }
    return errno == 0 ? Reply.of(data) : Reply.failure(errno);
  }

  /**
   * Reads the answer to a request with dest and returns the file's length.
   *
   * @throws CodecException if it is none
   */
  public static Reply<Long> decodeStatus(ByteBuffer payload) {
    CerealInput input = new CerealInput(MESSAGE, payload);
    long status = input.i64("the status");
    input.end();
    int errno = errno(input, status);
    return errno == 0 ? Reply.of(status) : Reply.failure(errno);
  }

  private static int errno(CerealInput input, long status) {
    if (status == UNSIGNED_MINUS_ONE || status == -1) {
      return Errno.EIO;
    }
    return status >= 0 ? 0 : input.errno(status);
  }
}
