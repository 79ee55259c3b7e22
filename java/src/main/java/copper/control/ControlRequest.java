package copper.control;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * What a command says to the node: how far it goes, how long it may take, and its own part.
 *
 * @param scope which nodes are meant
 * @param patience how long it may take
 * @param body what the command itself says
 */
public record ControlRequest(TreeCast.Scope scope, Duration patience, ByteBuffer body) {
  /** Returns its bytes. */
  public ByteBuffer encode() {
    byte[] name = scope.name().getBytes(StandardCharsets.US_ASCII);
    ByteBuffer bytes = ByteBuffer.allocate(1 + name.length + Long.BYTES + body.remaining());
    bytes.put((byte) name.length).put(name).putLong(patience.toMillis()).put(body.duplicate());
    return bytes.flip();
  }

  /**
   * Reads a request.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static ControlRequest decode(ByteBuffer bytes) {
    try {
      byte[] name = new byte[bytes.get()];
      bytes.get(name);
      return new ControlRequest(
          TreeCast.Scope.valueOf(new String(name, StandardCharsets.US_ASCII)),
          Duration.ofMillis(Math.max(0, bytes.getLong())),
          bytes.slice());
    } catch (BufferUnderflowException | NegativeArraySizeException e) {
      throw new IllegalArgumentException("a command that is cut off", e);
    }
  }
}
