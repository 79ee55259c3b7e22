package copper.transport.tcp;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A payload while it arrives.
 *
 * <p>Memory follows what has arrived, not what the peer announced: never more than 64 KiB or 16
 * times the bytes that are there. A payload that comes in large pieces is copied once, and a
 * sixteenth of it twice.
 *
 * <p>Confined to the event loop of its connection.
 */
final class Assembly {
  /** Longer payloads are direct buffers, which the kernel can write from without another copy. */
  static final int LONGEST_ON_HEAP = 4 << 10;

  static final int LEAST = 64 << 10;
  static final int FACTOR = 16;

  private final int total;
  private ByteBuffer buffer;

  /** Expects {@code total} bytes. */
  Assembly(int total) {
    this.total = total;
    this.buffer = ByteBuffer.allocate(0);
  }

  /**
   * Takes the bytes in {@code bytes}.
   *
   * @throws ProtocolException if they are more than announced
   * @throws OutOfMemoryError if the JVM has no room for direct buffers; callers turn it into an
   *     error of this one call
   */
  void add(ByteBuf bytes) {
    int count = bytes.readableBytes();
    if (count > total - buffer.position()) {
      throw new ProtocolException("more data than announced");
    }
    if (count > buffer.remaining()) {
      grow(buffer.position() + count);
    }
    int end = buffer.position() + count;
    bytes.readBytes(buffer.limit(end));
    buffer.limit(buffer.capacity());
  }

  private void grow(int arrived) {
    int capacity = (int) Math.min(total, Math.max(LEAST, (long) arrived * FACTOR));
    ByteBuffer larger =
        total <= LONGEST_ON_HEAP
            ? ByteBuffer.allocate(capacity)
            : ByteBuffer.allocateDirect(capacity);
    buffer = larger.put(buffer.flip());
  }

  /** Tells whether all bytes are there. */
  boolean isComplete() {
    return buffer.position() == total;
  }

  /** Returns the bytes allocated. */
  int allocated() {
    return buffer.capacity();
  }

  /** Returns the payload, which is complete: position 0, little endian, the caller's own. */
  ByteBuffer finish() {
    return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
  }
}
