package copper.codec;

import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.List;

/** The answer that is an i32 status alone: 0 or -errno. */
final class Status {
  private Status() {}

  static List<ByteBuffer> encode(String message, Reply<?> reply) {
    return List.of(new CerealOutput(message, 4).i32(-reply.errno()).toBuffer());
  }

  /** Returns the errno, 0 for success. */
  static int decode(String message, ByteBuffer payload) {
    CerealInput input = new CerealInput(message, payload);
    int errno = input.errno();
    input.end();
    return errno;
  }
}
