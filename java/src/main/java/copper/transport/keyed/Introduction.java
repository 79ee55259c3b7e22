package copper.transport.keyed;

import copper.transport.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * The messages of copper_key, by which a caller and the node it calls show each other that they
 * hold the job's secret, and the keys that come of it.
 *
 * <p>Each begins with the magic 0x43754b79 (4 bytes), the protocol's version (1) and its own type
 * (1); numbers are big endian:
 *
 * <pre>
 * caller → node  OPEN       caller's nonce (32)
 * node → caller  CHALLENGE  cookie (40), the node's own address in UTF-8 (the rest)
 * caller → node  PROOF      caller's nonce (32), cookie (40), HMAC-SHA-256 (32)
 * node → caller  GRANT      session (8), HMAC-SHA-256 (32)
 * node → caller  REFUSAL    reason (1)                           instead of any of its messages
 * </pre>
 *
 * <p>The cookie is the node's nonce: the time by its own clock (8) and a code of that and of the
 * caller's nonce under a key that only this process knows (32), so that it need not remember whom
 * it has challenged. A proof is the HMAC, under the secret, of a label for the role, the version,
 * both nonces, the session where there is one, and the node's identity, which is what both ends
 * know of its address. So a proof is worth nothing with other nonces, nor sent back to its maker,
 * nor passed on by somebody who took a dead node's address. The caller proves first: whoever lacks
 * the secret learns nothing from a node but that it has one.
 */
final class Introduction {
  static final int MAGIC = 0x43754b79;
  static final int VERSION = 1;

  static final int OPEN = 1;
  static final int CHALLENGE = 2;
  static final int PROOF = 3;
  static final int GRANT = 4;
  static final int REFUSAL = 5;

  /** The caller's proof is wrong. */
  static final int PROOF_WRONG = 1;

  /** The cookie is not this process's, or an old one. */
  static final int COOKIE_OLD = 2;

  /** The node does not speak the caller's version; the refusal's header has the node's. */
  static final int VERSION_UNKNOWN = 3;

  static final int NONCE_BYTES = 32;
  static final int COOKIE_BYTES = 40;
  static final int PROOF_BYTES = 32;
  static final int LONGEST_ADDRESS = 512;

  private static final int PREFIX_BYTES = 6;

  private Introduction() {}

  /**
   * A message taken apart.
   *
   * @param version its protocol's version; where that is not ours, nothing else is known of it
   * @param body what follows the prefix, of a length that its type has
   */
  record Message(int version, int type, ByteBuffer body) {
    /** Returns the next {@code count} bytes, which are there. */
    byte[] bytes(int count) {
      byte[] bytes = new byte[count];
      body.get(bytes);
      return bytes;
    }
  }

  /**
   * Takes a message apart.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Message parse(ByteBuffer message) {
    ByteBuffer in = message.duplicate();
    if (in.remaining() < PREFIX_BYTES || in.getInt() != MAGIC) {
      throw new IllegalArgumentException("it is no message of copper_key");
    }
    int version = Byte.toUnsignedInt(in.get());
    int type = in.get();
    ByteBuffer body = in.slice();
    if (version == VERSION && !hasLength(type, body.remaining())) {
      throw new IllegalArgumentException(
          "type " + type + " of copper_key has not " + body.remaining() + " bytes");
    }
    return new Message(version, type, body);
  }

  private static boolean hasLength(int type, int bytes) {
    return switch (type) {
      case OPEN -> bytes == NONCE_BYTES;
      case CHALLENGE -> bytes > COOKIE_BYTES && bytes <= COOKIE_BYTES + LONGEST_ADDRESS;
      case PROOF -> bytes == NONCE_BYTES + COOKIE_BYTES + PROOF_BYTES;
      case GRANT -> bytes == Long.BYTES + PROOF_BYTES;
      case REFUSAL -> bytes == 1;
      default -> false;
    };
  }

  /** Returns a message of {@code parts}. */
  static ByteBuffer message(int type, byte[]... parts) {
    int length = PREFIX_BYTES;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteBuffer out = ByteBuffer.allocate(length);
    out.putInt(MAGIC).put((byte) VERSION).put((byte) type);
    for (byte[] part : parts) {
      out.put(part);
    }
    return out.flip();
  }

  /** Returns the bytes of a session's number. */
  static byte[] bytes(long session) {
    return ByteBuffer.allocate(Long.BYTES).putLong(session).array();
  }

  /** What the two ends have said to each other. */
  static final class Talk {
    private final Secret secret;
    private final byte[] nonce;
    private final byte[] cookie;
    private final String identity;

    /** Makes one of a caller's nonce, the cookie for it, and the called node's identity. */
    Talk(Secret secret, byte[] nonce, byte[] cookie, String identity) {
      this.secret = secret;
      this.nonce = nonce;
      this.cookie = cookie;
      this.identity = identity;
    }

    /** Returns the caller's proof. */
    byte[] callerProof() {
      return mac("copper_key caller", 0);
    }

    /** Returns the called node's proof. */
    byte[] nodeProof(long session) {
      return mac("copper_key node", session);
    }

    /** Returns the keys of a session. */
    Session session(long session, Sha256 sha) {
      return new Session(
          session,
          new Hmac(mac("copper_key calls", session), sha),
          new Hmac(mac("copper_key answers", session), sha));
    }

    /** All that is put together has a length of its own or comes last. */
    private byte[] mac(String label, long session) {
      return secret.mac(
          label.getBytes(StandardCharsets.US_ASCII),
          new byte[] {0, VERSION},
          nonce,
          cookie,
          bytes(session),
          identity.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Compares two proofs in a time that does not tell where they differ. */
  static boolean same(byte[] expected, byte[] actual) {
    return MessageDigest.isEqual(expected, actual);
  }
}
