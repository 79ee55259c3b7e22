package copper.codec;

import copper.model.Errno;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The bytes of an RPC's answer: a status, and unless the request said {@code dest}, the value as a
 * vector, which is empty when the status is an error.
 *
 * <p>The status is 0 or −errno in 32 bits; rpc_readfile has 64 bits and the file's length in place
 * of 0. Where C++ Copper says −1 it may mean EPERM or that a call failed: see {@link Replies}. A
 * negative status that no errno has is read as EIO.
 *
 * @param <T> what the value is
 */
public abstract class ReplyCodec<T> {
  private static final int ROOM = 248;

  private final String message;

  ReplyCodec(String message) {
    this.message = message;
  }

  /**
   * Returns the answer's bytes; the value's own are not copied where it is a buffer.
   *
   * @param dest whether the status alone is wanted
   */
  public final List<ByteBuffer> encode(Reply<T> reply, boolean dest) {
    if (dest) {
      return List.of(writeStatus(new CerealOutput(8), reply).toBuffer());
    }
    if (!reply.ok()) {
      return List.of(writeStatus(new CerealOutput(16), reply).i64(0).toBuffer());
    }
    CerealOutput output = new CerealOutput(Long.BYTES + room(reply.value()));
    return writeValue(writeStatus(output, reply), reply.value());
  }

  /**
   * Reads an answer to a request without {@code dest}.
   *
   * @throws CodecException if it is none
   */
  public final Reply<T> decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, message);
    long status = readStatus(input);
    if (status < 0) {
      if (input.count(1) != 0) {
        throw input.wrong("a value beside the error " + status);
      }
      input.end();
      return Reply.failure(errno(status));
    }
    T value = readValue(input, status);
    input.end();
    return Reply.of(value);
  }

  /**
   * Reads an answer to a request with {@code dest}: 0 or a positive errno.
   *
   * @throws CodecException if it is none
   */
  public final int decodeStatus(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, message);
    long status = readStatus(input);
    input.end();
    return status < 0 ? errno(status) : 0;
  }

  /** Returns the errno of a negative status. */
  private static int errno(long status) {
    return status < -Errno.MAX ? Errno.EIO : (int) -status;
  }

  CerealOutput writeStatus(CerealOutput output, Reply<T> reply) {
    return output.i32(-reply.errno());
  }

  long readStatus(CerealInput input) {
    int status = input.i32();
    if (status > 0) {
      throw input.wrong("the status " + status);
    }
    return status;
  }

  /** Returns how many bytes are written of {@code value}, or a guess: more room is made at need. */
  int room(T value) {
    return ROOM;
  }

  abstract List<ByteBuffer> writeValue(CerealOutput output, T value);

  abstract T readValue(CerealInput input, long status);
}
