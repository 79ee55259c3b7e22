package copper.transport.keyed;

import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import copper.transport.Secret;
import copper.transport.keyed.Introduction.Talk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;

/** What somebody without the secret says to keyed nodes. */
public final class KeyedTargets {
  private static final Secret SECRET = Secret.of(new byte[Secret.MINIMUM_BYTES]);
  private static final SecureRandom KNOWN = new Known();

  private KeyedTargets() {}

  /** Numbers that an attacker could know: then at least the proof keeps him out. */
  private static final class Known extends SecureRandom {
    private static final long serialVersionUID = 1L;

    @Override
    public void nextBytes(byte[] bytes) {
      Arrays.fill(bytes, (byte) 7);
    }
  }

  /** Asks a node: it answers no more than a challenge and grants nothing. */
  public static void keyRequest(byte[] input) {
    Door door = new Door(SECRET, "a", "a", KNOWN, () -> 0, Sha256.JAVA);
    try {
      ByteBuffer answer = door.answer(ByteBuffer.wrap(input)).buffers().get(0);
      int type = Introduction.parse(answer).type();
      if (type != Introduction.CHALLENGE && type != Introduction.REFUSAL) {
        throw new AssertionError("a stranger was answered with " + type);
      }
    } catch (IllegalArgumentException e) {
      // As it should be.
    }
  }

  /** A network on which the answers are what the input says, the first byte how it is cut. */
  private static final class Liar implements RpcTransport {
    private final byte[] input;
    private int at = 1;

    private Liar(byte[] input) {
      this.input = input;
    }

    @Override
    public String address() {
      return "a";
    }

    @Override
    public void register(String name, RpcHandler handler) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<ByteBuffer> call(
        String address, String name, Payload request, Duration timeout) {
      int from = at;
      int length = from > 1 ? input.length : input[0] & 0xff;
      at = Math.min(input.length, from + length);
      return CompletableFuture.completedFuture(
          ByteBuffer.wrap(Arrays.copyOfRange(input, from, at)).order(ByteOrder.LITTLE_ENDIAN));
    }

    @Override
    public void close() {}
  }

  /** Plays the node that is called: it is not taken for one that holds the secret. */
  public static void keyAnswer(byte[] input) {
    if (input.length == 0) {
      return;
    }
    Callee callee =
        new Callee(
            new Callee.Context(
                new Liar(input), SECRET, UnaryOperator.identity(), KNOWN, () -> 0, Sha256.JAVA),
            "a");
    try {
      Optional<Session> met = callee.meet().getNow(null);
      throw new AssertionError("met " + met);
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof RpcException)) {
        throw new AssertionError(e);
      }
    }
  }

  private static Session session() {
    return new Talk(SECRET, new byte[0], new byte[0], "a").session(1, Sha256.JAVA);
  }

  /** Sends a call: it is not of any session. */
  public static void sealedCall(byte[] input) {
    try {
      Seal.Call call = Seal.parse(ByteBuffer.wrap(input));
      if (session().accepts(call) || call.name().isEmpty()) {
        throw new AssertionError("taken: " + call);
      }
    } catch (IllegalArgumentException e) {
      // As it should be.
    }
  }

  /** Answers a call: nothing is believed but that the session is unknown. */
  public static void sealedAnswer(byte[] input) {
    try {
      Seal.Answer answer = session().open(0, ByteBuffer.wrap(input));
      if (answer.status() != Seal.UNSEALED || answer.payload().hasRemaining()) {
        throw new AssertionError("believed: " + answer);
      }
    } catch (IllegalArgumentException e) {
      // As it should be.
    }
  }
}
