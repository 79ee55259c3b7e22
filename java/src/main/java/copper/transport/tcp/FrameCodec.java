package copper.transport.tcp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The frames that requests and answers travel in, after the {@link Handshake}, in version {@value
 * Handshake#VERSION} of the protocol.
 *
 * <p>Numbers are big endian and unsigned. Every frame has a header of {@value #HEADER_BYTES} bytes:
 * its length (4), which counts what comes after itself and is at most {@value #LONGEST_FRAME}; its
 * type (1); and the number of the call it belongs to (8), which the calling end chose. Then:
 *
 * <pre>
 * 1 REQUEST   client → server  timeout in ms (4)  payload length (4)  name length (1)  name  data
 * 2 ANSWER    server → client  payload length (4)  data
 * 3 DATA      both             data, at least one byte
 * 4 ERROR     server → client  code (1)  message in UTF-8, at most 4096 bytes
 * 5 CANCEL    client → server  nothing
 * </pre>
 *
 * <p>A payload is cut in pieces: the first is in the REQUEST or ANSWER itself, the others in DATA
 * frames of the same call, in order, until the announced length is reached. Between them frames of
 * other calls may come, so that a long payload does not hold up short ones. The name is UTF-8, 1 to
 * 255 bytes. The timeout is what the caller still waits when the frame leaves, which is why no
 * clocks need to agree.
 *
 * <p>The end that calls is the one that made the connection. It may end a call at any time, a half
 * sent one too, by CANCEL; the server may end it by ERROR. Frames of calls that an end does not
 * know, or no longer, are not an error but passed over. What does not fit this description, a type
 * in the wrong direction, a length beyond its bound, more data than announced, or the number of a
 * call that is still running, ends the connection.
 */
final class FrameCodec {
  static final int REQUEST = 1;
  static final int ANSWER = 2;
  static final int DATA = 3;
  static final int ERROR = 4;
  static final int CANCEL = 5;

  /** An error's code: the server does not know an RPC of this name. */
  static final int NO_SUCH_RPC = 1;

  /** An error's code: the handler failed, and the message says how. */
  static final int FAILED = 2;

  /** An error's code: the timeout passed before the handler had an answer. */
  static final int TIMEOUT = 3;

  /** An error's code: the server has no room for the request or its answer. */
  static final int OVERLOADED = 4;

  static final int LENGTH_BYTES = 4;

  /** Type and number, the part of the header that the length counts. */
  static final int COUNTED_BYTES = 9;

  static final int HEADER_BYTES = LENGTH_BYTES + COUNTED_BYTES;
  static final int REQUEST_BYTES = 9;
  static final int ANSWER_BYTES = 4;
  static final int LONGEST_FRAME = 1 << 20;
  static final int LONGEST_NAME = 255;
  static final int LONGEST_MESSAGE = 4096;

  /**
   * The most payload this implementation puts in one frame: a message of 256 KiB and a little has
   * two.
   */
  static final int PIECE = (128 << 10) + 512;

  private FrameCodec() {}

  /**
   * Returns {@code name} as bytes.
   *
   * @throws IllegalArgumentException if it is empty or too long
   */
  static byte[] name(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "an RPC's name has 1 to " + LONGEST_NAME + " bytes, not " + bytes.length);
    }
    return bytes;
  }

  /** Returns {@code text} as one line of a log, whoever wrote it. */
  static String line(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .limit(LONGEST_MESSAGE)
        .forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return line.toString();
  }

  /** Returns {@code text} as an ERROR frame carries it, cut if it is too long. */
  static byte[] message(String text) {
    byte[] bytes = line(text).getBytes(StandardCharsets.UTF_8);
    return bytes.length <= LONGEST_MESSAGE ? bytes : Arrays.copyOf(bytes, LONGEST_MESSAGE);
  }
}
