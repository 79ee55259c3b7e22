package copper.simulate;

import copper.transport.Payload;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Messages as they arrive, in one buffer each; those that say the same are the same buffer, since a
 * node keeps a part of the message as a file's data and a hundred thousand nodes keep the same
 * files.
 *
 * <p>Data in direct buffers is that of files, all of whose bytes are zero here; only its length is
 * compared.
 */
final class Messages {
  /** Shorter ones are copied: they hold no data that is kept. */
  private static final int SHORTEST_SHARED = 200;

  /** Bytes of each part that count for finding a message that says the same. */
  private static final int LOOKED_AT = 64;

  private final Map<Long, List<ByteBuffer>> shared = new HashMap<>();
  private long bytes;

  /** Returns the bytes of {@code payload} in one buffer, position 0, little endian. */
  ByteBuffer join(Payload payload) {
    int length = Math.toIntExact(payload.length());
    if (length < SHORTEST_SHARED) {
      return copy(payload, ByteBuffer.allocate(length));
    }
    List<ByteBuffer> alike = shared.computeIfAbsent(hash(payload), any -> new ArrayList<>(1));
    for (ByteBuffer message : alike) {
      if (message.limit() == length && isSame(payload, message)) {
        return message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      }
    }
    ByteBuffer message = copy(payload, ByteBuffer.allocateDirect(length));
    alike.add(message);
    bytes += length;
    return message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns how many bytes there are in messages that are shared. */
  long sharedBytes() {
    return bytes;
  }

  private static ByteBuffer copy(Payload payload, ByteBuffer message) {
    payload.buffers().forEach(part -> message.put(part.duplicate()));
    return message.flip().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static long hash(Payload payload) {
    long hash = 1;
    for (ByteBuffer part : payload.buffers()) {
      hash = 31 * hash + part.remaining();
      if (!part.isDirect()) {
        int looked = Math.min(LOOKED_AT, part.remaining());
        hash = 31 * hash + part.slice(part.position(), looked).hashCode();
        hash = 31 * hash + part.slice(part.limit() - looked, looked).hashCode();
      }
    }
    return hash;
  }

  private static boolean isSame(Payload payload, ByteBuffer message) {
    int at = 0;
    for (ByteBuffer part : payload.buffers()) {
      int length = part.remaining();
      if (!part.isDirect() && !part.duplicate().equals(message.slice(at, length))) {
        return false;
      }
      at += length;
    }
    return true;
  }
}
