package copper.codec;

import com.esotericsoftware.kryo.io.ByteBufferInput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads what cereal's binary archive wrote: little endian, no padding, no tags, lengths as u64.
 *
 * <p>Every length is checked against the bytes that are there before anything is allocated.
 * Whatever does not fit is a {@link CodecException}. Not safe on several threads at once.
 */
final class CerealInput {
  private final ByteBuffer buffer;
  private final ByteBufferInput input;
  private final String message;

  /**
   * Makes a reader of the remaining bytes of {@code payload}, whose position stays where it is.
   *
   * @param message what is read, for errors
   */
  CerealInput(ByteBuffer payload, String message) {
    this.buffer = payload.slice().order(ByteOrder.LITTLE_ENDIAN);
    this.input = new ByteBufferInput(buffer);
    this.message = message;
  }

  boolean bool() {
    need(1, "a bool");
    byte value = input.readByte();
    if (value != 0 && value != 1) {
      throw wrong("a bool is " + value);
    }
    return value == 1;
  }

  int i32() {
    need(4, "a 32-bit number");
    return input.readInt();
  }

  long i64() {
    need(8, "a 64-bit number");
    return input.readLong();
  }

  /** Reads the number of elements that follow, each of at least {@code least} bytes. */
  int count(int least) {
    long count = i64();
    if (count < 0 || count > remaining() / least) {
      throw wrong(
          "a length of "
              + Long.toUnsignedString(count)
              + " where "
              + remaining()
              + " bytes are left");
    }
    return (int) count;
  }

  /** Reads a string or a vector of bytes into an array of its own. */
  byte[] bytes() {
    return input.readBytes(count(1));
  }

  /** Reads a vector of bytes without a copy: the buffer is a part of the payload. */
  ByteBuffer slice() {
    int length = count(1);
    int from = input.position();
    input.setPosition(from + length);
    return buffer.slice(from, length);
  }

  /** Checks that nothing is left. */
  void end() {
    if (remaining() != 0) {
      throw wrong(remaining() + " bytes too many");
    }
  }

  CodecException wrong(String what) {
    return new CodecException(message + ": " + what);
  }

  private int remaining() {
    return buffer.capacity() - input.position();
  }

  private void need(int bytes, String what) {
    if (remaining() < bytes) {
      throw wrong("it ends within " + what);
    }
  }
}
