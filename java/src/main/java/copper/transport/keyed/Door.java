package copper.transport.keyed;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import copper.transport.Payload;
import copper.transport.Secret;
import copper.transport.keyed.Introduction.Message;
import copper.transport.keyed.Introduction.Talk;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;

/**
 * The called node's end of copper_key, and the sessions of those who have shown the secret.
 *
 * <p>A stranger costs a code or two and leaves nothing behind.
 */
final class Door {
  /** A caller that answers its challenge later than this is challenged again. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** With more, the least used are forgotten, and their callers introduce themselves anew. */
  private static final int MOST_SESSIONS = 16_384;

  private final Secret secret;
  private final String address;
  private final String identity;
  private final SecureRandom random;
  private final Ticker ticker;
  private final Sha256 sha;
  private final Secret own;
  private final Cache<Long, Session> sessions =
      Caffeine.newBuilder().maximumSize(MOST_SESSIONS).executor(Runnable::run).build();

  Door(
      Secret secret,
      String address,
      String identity,
      SecureRandom random,
      Ticker ticker,
      Sha256 sha) {
    this.secret = secret;
    this.address = address;
    this.identity = identity;
    this.random = random;
    this.ticker = ticker;
    this.sha = sha;
    byte[] bytes = new byte[Secret.MINIMUM_BYTES];
    random.nextBytes(bytes);
    own = Secret.of(bytes);
  }

  /**
   * Answers a message of copper_key.
   *
   * @throws IllegalArgumentException if it is none that a caller sends
   */
  Payload answer(ByteBuffer request) {
    Message message = Introduction.parse(request);
    if (message.version() != Introduction.VERSION) {
      return refusal(Introduction.VERSION_UNKNOWN);
    }
    return switch (message.type()) {
      case Introduction.OPEN -> challenge(message.bytes(Introduction.NONCE_BYTES));
      case Introduction.PROOF -> prove(message);
      default -> throw new IllegalArgumentException("it is no message of a caller");
    };
  }

  private static Payload refusal(int reason) {
    return Payload.of(Introduction.message(Introduction.REFUSAL, new byte[] {(byte) reason}));
  }

  private Payload challenge(byte[] nonce) {
    return Payload.of(
        Introduction.message(
            Introduction.CHALLENGE,
            cookie(nonce, ticker.read()),
            address.getBytes(StandardCharsets.UTF_8)));
  }

  private byte[] cookie(byte[] nonce, long time) {
    byte[] when = Introduction.bytes(time);
    return ByteBuffer.allocate(Introduction.COOKIE_BYTES)
        .put(when)
        .put(own.mac(when, nonce))
        .array();
  }

  private Payload prove(Message message) {
    byte[] nonce = message.bytes(Introduction.NONCE_BYTES);
    byte[] cookie = message.bytes(Introduction.COOKIE_BYTES);
    long time = ByteBuffer.wrap(cookie).getLong();
    if (!Introduction.same(cookie(nonce, time), cookie)
        || ticker.read() - time > PATIENCE.toNanos()) {
      return refusal(Introduction.COOKIE_OLD);
    }
    Talk talk = new Talk(secret, nonce, cookie, identity);
    byte[] proof = message.bytes(Introduction.PROOF_BYTES);
    if (!Introduction.same(talk.callerProof(), proof)) {
      return refusal(Introduction.PROOF_WRONG);
    }
    long id = random.nextLong();
    sessions.put(id, talk.session(id, sha));
    return Payload.of(
        Introduction.message(Introduction.GRANT, Introduction.bytes(id), talk.nodeProof(id)));
  }

  /** Returns the session of this number; null if there is none, or no more. */
  Session session(long id) {
    return sessions.getIfPresent(id);
  }
}
