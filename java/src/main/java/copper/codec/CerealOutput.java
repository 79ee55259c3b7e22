package copper.codec;

import com.esotericsoftware.kryo.io.Output;
import java.nio.ByteBuffer;

/**
 * Writes what cereal's binary archive reads: little endian, no padding, no tags, lengths as u64.
 *
 * <p>Grows as needed. Not safe on several threads at once.
 */
final class CerealOutput {
  private static final int UNLIMITED = -1;

  private final Output output;

  /** Makes a writer with room for {@code bytes} to begin with. */
  CerealOutput(int bytes) {
    this.output = new Output(bytes, UNLIMITED);
  }

  CerealOutput bool(boolean value) {
    output.writeByte(value ? 1 : 0);
    return this;
  }

  CerealOutput i32(int value) {
    output.writeInt(value);
    return this;
  }

  CerealOutput i64(long value) {
    output.writeLong(value);
    return this;
  }

  /** Writes a string or a vector of bytes. */
  CerealOutput bytes(byte[] value) {
    output.writeLong(value.length);
    output.writeBytes(value);
    return this;
  }

  /** Writes the remaining bytes of {@code value}, whose position stays, as a vector. */
  CerealOutput bytes(ByteBuffer value) {
    int length = value.remaining();
    output.writeLong(length);
    int at = output.position();
    if (output.getBuffer().length - at < length) {
      byte[] copy = new byte[length];
      value.get(value.position(), copy);
      output.writeBytes(copy);
    } else {
      value.get(value.position(), output.getBuffer(), at, length);
      output.setPosition(at + length);
    }
    return this;
  }

  /** Returns what was written; the buffer is the caller's, and nothing may be written after. */
  ByteBuffer toBuffer() {
    return ByteBuffer.wrap(output.getBuffer(), 0, output.position());
  }
}
