package copper.codec;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;

/** Turns messages into bytes and back, for tests. */
final class Messages {
  private Messages() {}

  /** Returns the bytes of all {@code parts}, whose positions stay. */
  static byte[] join(List<ByteBuffer> parts) {
    int size = parts.stream().mapToInt(ByteBuffer::remaining).sum();
    ByteBuffer joined = ByteBuffer.allocate(size);
    parts.forEach(part -> joined.put(part.duplicate()));
    return joined.array();
  }

  static String hex(List<ByteBuffer> parts) {
    return HexFormat.of().formatHex(join(parts));
  }

  /** Returns a direct buffer of {@code bytes} that neither starts at 0 nor ends at its capacity. */
  static ByteBuffer direct(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length + 20).position(7);
    buffer.put(bytes).position(7).limit(7 + bytes.length);
    return buffer;
  }
}
