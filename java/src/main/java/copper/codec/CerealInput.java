package copper.codec;

import com.esotericsoftware.kryo.io.ByteBufferInput;
import copper.model.Errno;
import java.nio.ByteBuffer;

/**
 * Reads one message, member by member, as cereal wrote it.
 *
 * <p>The payload's bytes are borrowed; its position and limit are not touched. What {@link #slice}
 * returns shares them. Every method throws {@link CodecException} when the bytes are not there or
 * mean nothing.
 */
public final class CerealInput {
  private final String message;
  private final ByteBuffer payload;
  private final ByteBufferInput input;

  /**
   * Starts at the payload's position.
   *
   * @param message what it is, for error messages
   */
  public CerealInput(String message, ByteBuffer payload) {
    this.message = message;
    this.payload = payload.slice();
    // Kryo sets the byte order of the buffer it gets: this one is its own.
    this.input = new ByteBufferInput(payload.slice());
  }

  /** Returns the number of bytes not read yet. */
  public int remaining() {
    return payload.limit() - input.position();
  }

  /** Reads a bool, one byte that is 0 or 1. */
  public boolean bool(String what) {
    require(1, what);
    int value = input.readByteUnsigned();
    if (value > 1) {
      throw bad(what + " is " + value + ", neither 0 nor 1");
    }
    return value == 1;
  }

  /** Reads a 32-bit integer. */
  public int i32(String what) {
    require(4, what);
    return input.readInt();
  }

  /** Reads a 64-bit integer, signed or not. */
  public long i64(String what) {
    require(8, what);
    return input.readLong();
  }

  /** Reads a string or a vector of bytes. */
  public byte[] bytes(String what) {
    return input.readBytes(length(what));
  }

  /** Reads a vector of bytes without copying: the result shares the payload's memory. */
  public ByteBuffer slice(String what) {
    int length = length(what);
    ByteBuffer slice = payload.slice(input.position(), length);
    input.skip(length);
    return slice;
  }

  private int length(String what) {
    long length = i64("the length of " + what);
    if (length < 0 || length > remaining()) {
      String unsigned = Long.toUnsignedString(length);
      throw bad(what + " has " + unsigned + " bytes by its length, " + remaining() + " are left");
    }
    return (int) length;
  }

  /**
   * Reads the number of elements of a vector.
   *
   * @param least the fewest bytes one element takes
   */
  public int count(String what, int least) {
    long count = i64("the number of " + what);
    if (count < 0 || count > remaining() / least) {
      String unsigned = Long.toUnsignedString(count);
      throw bad("it should hold " + unsigned + " " + what + " in " + remaining() + " bytes");
    }
    return (int) count;
  }

  /**
   * Reads a 32-bit status and returns the errno it stands for, 0 for success.
   *
   * <p>A negative number that is no error number stands for EIO.
   */
  public int errno() {
    return errno(i32("the status"));
  }

  /**
   * Returns the errno that {@code status}, not positive, stands for; errors as {@link #errno()}.
   */
  int errno(long status) {
    if (status > 0) {
      throw bad("its status is " + status + ", which is neither success nor an error");
    }
    return status < -Errno.MAX ? Errno.EIO : (int) -status;
  }

  /** Checks that the message ends here. */
  public void end() {
    if (remaining() > 0) {
      throw bad(remaining() + " bytes are left over at its end");
    }
  }

  /** Returns an exception that says {@code problem} of this message. */
  public CodecException bad(String problem) {
    return new CodecException(message, problem);
  }

  private void require(int bytes, String what) {
    if (remaining() < bytes) {
      throw bad("it ends before " + what + ", after " + payload.limit() + " bytes");
    }
  }
}
