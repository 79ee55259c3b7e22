package copper.transport.margo;

import copper.transport.Payload;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A payload as native code takes it: arrays, which it copies from Java's heap, and direct buffers,
 * which it reads by address.
 */
final class Outgoing {
  private final Object[] parts;
  private final int[] layout;

  private Outgoing(Object[] parts, int[] layout) {
    this.parts = parts;
    this.layout = layout;
  }

  /** Returns the byte arrays and direct buffers. */
  Object[] parts() {
    return parts;
  }

  /** Returns three numbers for each part: which of the two it is, offset, length. */
  int[] layout() {
    return layout;
  }

  /** Describes {@code payload}; copies only those buffers that hide their array. */
  static Outgoing of(Payload payload) {
    List<ByteBuffer> buffers = payload.buffers();
    Object[] parts = new Object[buffers.size()];
    int[] layout = new int[3 * parts.length];
    for (int i = 0; i < parts.length; i++) {
      ByteBuffer buffer = buffers.get(i);
      int offset;
      if (buffer.isDirect()) {
        parts[i] = buffer;
        offset = buffer.position();
      } else if (buffer.hasArray()) {
        parts[i] = buffer.array();
        offset = buffer.arrayOffset() + buffer.position();
      } else {
        byte[] copy = new byte[buffer.remaining()];
        buffer.get(buffer.position(), copy);
        parts[i] = copy;
        offset = 0;
      }
      layout[3 * i] = buffer.isDirect() ? MargoNative.PART_DIRECT : MargoNative.PART_ARRAY;
      layout[3 * i + 1] = offset;
      layout[3 * i + 2] = buffer.remaining();
    }
    return new Outgoing(parts, layout);
  }
}
