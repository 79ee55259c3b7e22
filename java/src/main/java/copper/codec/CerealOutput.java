package copper.codec;

import com.esotericsoftware.kryo.io.Output;
import java.nio.ByteBuffer;

/**
 * Writes one message, member by member, as cereal would; the counterpart of {@link CerealInput}.
 */
public final class CerealOutput {
  private final Output output;

  /**
   * Starts a message.
   *
   * @param message what it is, for error messages
   * @param size its length in bytes, exactly
   * @throws CodecException if that is more than a message can have, 2 GiB less one byte
   */
  public CerealOutput(String message, long size) {
    if (size > Integer.MAX_VALUE) {
      throw new CodecException(message, size + " bytes are more than a message can have");
    }
    output = new Output((int) size, (int) size);
  }

  /** Writes a bool. */
  public CerealOutput bool(boolean value) {
    output.writeBoolean(value);
    return this;
  }

  /** Writes a 32-bit integer. */
  public CerealOutput i32(int value) {
    output.writeInt(value);
    return this;
  }

  /** Writes a 64-bit integer, signed or not. */
  public CerealOutput i64(long value) {
    output.writeLong(value);
    return this;
  }

  /** Writes a string or a vector of bytes; it takes {@link #size} bytes. */
  public CerealOutput bytes(byte[] value) {
    i64(value.length);
    output.writeBytes(value);
    return this;
  }

  /** Returns how many bytes {@link #bytes} takes for {@code value}. */
  public static long size(byte[] value) {
    return 8L + value.length;
  }

  /** Returns the message, position 0. Nothing may be written after this. */
  public ByteBuffer toBuffer() {
    return ByteBuffer.wrap(output.getBuffer(), 0, output.position());
  }
}
