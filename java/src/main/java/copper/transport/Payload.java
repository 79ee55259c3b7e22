package copper.transport;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The bytes of a message on their way out, in one or more buffers, so that a file's data needs no
 * copy to stand behind its header.
 *
 * <p>The buffers are borrowed until the message is sent: their bytes must not change. Their
 * positions and limits are not touched.
 *
 * @param buffers the parts in order
 */
public record Payload(List<ByteBuffer> buffers) {
  /** A message without bytes. */
  public static final Payload EMPTY = new Payload(List.of());

  /** Takes an unmodifiable copy of the list. */
  public Payload {
    buffers = List.copyOf(buffers);
  }

  /** Returns a payload of the remaining bytes of {@code buffers}. */
  public static Payload of(ByteBuffer... buffers) {
    return new Payload(List.of(buffers));
  }

  /** Returns a payload of {@code bytes}, which are borrowed. */
  public static Payload of(byte[] bytes) {
    return of(ByteBuffer.wrap(bytes));
  }

  /** Returns the number of bytes. */
  public long length() {
    long sum = 0;
    for (ByteBuffer buffer : buffers) {
      sum += buffer.remaining();
    }
    return sum;
  }
}
