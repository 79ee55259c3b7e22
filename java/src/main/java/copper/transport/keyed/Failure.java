package copper.transport.keyed;

import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** How a handler's failure travels: a byte for its kind, and its words in UTF-8. */
final class Failure {
  /** By their number; what is not here is the first. */
  private static final List<Kind> KINDS =
      List.of(
          Kind.FAILED,
          Kind.NO_SUCH_RPC,
          Kind.TIMEOUT,
          Kind.OVERLOADED,
          Kind.BAD_MESSAGE,
          Kind.UNREACHABLE);

  private static final int LONGEST = 4096;

  private Failure() {}

  /** Returns the kind of this number. */
  static Kind kind(int number) {
    return number > 0 && number < KINDS.size() ? KINDS.get(number) : Kind.FAILED;
  }

  /** Returns what the caller is told of {@code failure}. */
  static Payload of(Throwable failure) {
    String words = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    byte[] text = words.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, LONGEST);
    int kind = failure instanceof RpcException e ? KINDS.indexOf(seenFromAway(e.kind())) : 0;
    return Payload.of(
        ByteBuffer.allocate(1 + length).put((byte) Math.max(0, kind)).put(text, 0, length).flip());
  }

  /** A node that is closing cannot be reached; whom it cannot reach itself is another matter. */
  private static Kind seenFromAway(Kind kind) {
    return switch (kind) {
      case CLOSED -> Kind.UNREACHABLE;
      case UNREACHABLE -> Kind.FAILED;
      default -> kind;
    };
  }
}
