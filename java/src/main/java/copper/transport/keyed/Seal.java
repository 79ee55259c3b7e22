package copper.transport.keyed;

import copper.transport.Payload;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages of copper_sealed: a call or an answer behind a code (HMAC-SHA-256) of all of it,
 * under a session's key for the one or the other.
 *
 * <pre>
 * call    version (1)  length of the name (1)  the caller's patience in ms (4)  session (8)  number (8)  code (32)
 *         name  request
 * answer  status (1)  code (32)  answer
 * </pre>
 *
 * <p>Numbers are little endian. A session's calls are numbered, so that each has another code, and
 * an answer's code is of its call's number too. What a node says to a caller whose session it does
 * not know cannot have a code: it is the status {@link #UNSEALED} and nothing else, and the caller
 * introduces itself anew.
 */
final class Seal {
  static final int VERSION = 1;

  static final int ANSWER = 0;
  static final int FAILURE = 1;
  static final int UNSEALED = 2;

  static final int LONGEST_NAME = 255;

  /** What stands before a call's code. */
  private static final int HEAD_BYTES = 22;

  private static final int CALL_BYTES = HEAD_BYTES + Hmac.BYTES;
  private static final int ANSWER_BYTES = 1 + Hmac.BYTES;

  private Seal() {}

  /** Returns the bytes of an RPC's name; none if it cannot be carried. */
  static byte[] name(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > LONGEST_NAME) {
      throw new IllegalArgumentException("an RPC's name has 1 to 255 bytes, not " + bytes.length);
    }
    return bytes;
  }

  /** A call as it came. */
  record Call(
      long session,
      long number,
      String name,
      Duration timeout,
      ByteBuffer request,
      ByteBuffer message) {
    /** Tells whether its code is made with {@code key}. */
    boolean isBy(Hmac key) {
      byte[] code = new byte[Hmac.BYTES];
      message.get(HEAD_BYTES, code);
      ByteBuffer head = message.slice(0, HEAD_BYTES);
      ByteBuffer rest = message.slice(CALL_BYTES, message.limit() - CALL_BYTES);
      return Introduction.same(key.of(List.of(head), List.of(rest)), code);
    }
  }

  /** An answer that is the node's; {@code status} says whether it is a failure. */
  record Answer(int status, ByteBuffer payload) {}

  static Payload call(
      Hmac key, long session, long number, String name, Payload request, Duration timeout) {
    byte[] nameBytes = name(name);
    ByteBuffer out =
        ByteBuffer.allocate(CALL_BYTES + nameBytes.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) VERSION).put((byte) nameBytes.length).putInt(millis(timeout));
    out.putLong(session).putLong(number).position(CALL_BYTES).put(nameBytes).flip();
    ByteBuffer head = out.slice(0, HEAD_BYTES);
    ByteBuffer words = out.slice(CALL_BYTES, nameBytes.length);
    out.put(HEAD_BYTES, key.of(List.of(head, words), request.buffers()));
    return joined(out, request);
  }

  /** A call without time left is not sealed, so that 0 stands for less than a millisecond. */
  private static int millis(Duration timeout) {
    return timeout.compareTo(Duration.ofMillis(Integer.MAX_VALUE)) > 0
        ? Integer.MAX_VALUE
        : Math.max(1, (int) timeout.toMillis());
  }

  /**
   * Takes a call apart, without looking at its code.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Call parse(ByteBuffer payload) {
    ByteBuffer message = payload.slice().order(ByteOrder.LITTLE_ENDIAN);
    int nameBytes = message.remaining() < CALL_BYTES ? 0 : Byte.toUnsignedInt(message.get(1));
    if (nameBytes == 0 || message.remaining() < CALL_BYTES + nameBytes) {
      throw new IllegalArgumentException("it is shorter than a sealed call");
    }
    if (message.get(0) != VERSION || message.getInt(2) <= 0) {
      throw new IllegalArgumentException("it is no sealed call of version " + VERSION);
    }
    byte[] name = new byte[nameBytes];
    message.get(CALL_BYTES, name);
    int request = CALL_BYTES + nameBytes;
    return new Call(
        message.getLong(6),
        message.getLong(14),
        new String(name, StandardCharsets.UTF_8),
        Duration.ofMillis(message.getInt(2)),
        message.slice(request, message.limit() - request).order(ByteOrder.LITTLE_ENDIAN),
        message);
  }

  static Payload answer(Hmac key, long number, int status, Payload answer) {
    ByteBuffer out = ByteBuffer.allocate(ANSWER_BYTES).put(0, (byte) status);
    out.put(1, key.of(List.of(bound(number, status)), answer.buffers()));
    return joined(out, answer);
  }

  /** Returns the answer to a caller of whom nothing is known. */
  static Payload unsealed() {
    return Payload.of(new byte[] {UNSEALED});
  }

  static Answer open(Hmac key, long number, ByteBuffer message) {
    int status = message.hasRemaining() ? message.get(message.position()) : -1;
    if (status == UNSEALED && message.remaining() == 1) {
      return new Answer(UNSEALED, ByteBuffer.allocate(0));
    }
    if ((status != ANSWER && status != FAILURE) || message.remaining() < ANSWER_BYTES) {
      throw new IllegalArgumentException("it is no sealed answer");
    }
    byte[] code = new byte[Hmac.BYTES];
    message.get(message.position() + 1, code);
    ByteBuffer payload =
        message.slice(message.position() + ANSWER_BYTES, message.remaining() - ANSWER_BYTES);
    if (!Introduction.same(key.of(List.of(bound(number, status)), List.of(payload)), code)) {
      throw new IllegalArgumentException("its seal is not that of the node called");
    }
    return new Answer(status, payload.order(ByteOrder.LITTLE_ENDIAN));
  }

  private static ByteBuffer bound(long number, int status) {
    return ByteBuffer.allocate(Long.BYTES + 1).putLong(number).put((byte) status).flip();
  }

  private static Payload joined(ByteBuffer head, Payload rest) {
    List<ByteBuffer> all = new ArrayList<>(1 + rest.buffers().size());
    all.add(head);
    all.addAll(rest.buffers());
    return new Payload(all);
  }
}
