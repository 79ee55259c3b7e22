package copper.transport.tcp;

import copper.transport.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * The messages by which the two ends of a new connection show each other that they hold the job's
 * secret.
 *
 * <p>Each message begins with the magic 0x43754670 (4 bytes, big endian), the protocol's version (1
 * byte) and its own type (1 byte), and has a fixed length:
 *
 * <pre>
 * client → server  HELLO         secret? (1)  client nonce (32)
 * server → client  CHALLENGE     secret? (1)  server nonce (32)
 * client → server  CLIENT_PROOF  HMAC-SHA-256 (32)
 * server → client  SERVER_PROOF  HMAC-SHA-256 (32)
 * server → client  REFUSAL       reason (1)                       instead of any of its messages
 * </pre>
 *
 * <p>{@code secret?} is 1 at an end that has a secret. Where neither has, the handshake ends with
 * the challenge; where one has, the server refuses. A proof is the HMAC, under the secret, of a
 * label for the role, the version, both nonces, and the server's IP address and port as each end
 * sees them on its own socket. So a proof is worth nothing in another connection (both nonces), nor
 * sent back to its maker (the label), nor passed on by somebody who took the port of a dead node
 * and relays to a living one (the address). The server proves last: whoever lacks the secret learns
 * nothing from it but that it has one.
 *
 * <p>The handshake tells who is there. What follows is neither encrypted nor signed: it protects
 * against other users of the machines, not against somebody who can change packets in the network.
 */
final class Handshake {
  static final int MAGIC = 0x43754670;
  static final int VERSION = 1;

  static final int HELLO = 1;
  static final int CHALLENGE = 2;
  static final int CLIENT_PROOF = 3;
  static final int SERVER_PROOF = 4;
  static final int REFUSAL = 5;

  /** The server has a secret and the client has none. */
  static final int SECRET_NEEDED = 1;

  /** The client has a secret and the server has none. */
  static final int SECRET_UNKNOWN = 2;

  /** The client's proof is wrong. */
  static final int PROOF_WRONG = 3;

  /** The server does not speak the client's version; the refusal's header has the server's. */
  static final int VERSION_UNKNOWN = 4;

  static final int NONCE_BYTES = 32;
  static final int PROOF_BYTES = 32;
  static final int PREFIX_BYTES = 6;
  static final int OPENING_BYTES = PREFIX_BYTES + 1 + NONCE_BYTES;

  /** No message of the handshake is longer. */
  static final int LONGEST = OPENING_BYTES;

  private Handshake() {}

  /** Returns a HELLO or a CHALLENGE. */
  static ByteBuf opening(ByteBufAllocator allocator, int type, boolean secret, byte[] nonce) {
    return message(allocator, type).writeByte(secret ? 1 : 0).writeBytes(nonce);
  }

  /** Returns a CLIENT_PROOF or a SERVER_PROOF. */
  static ByteBuf proof(ByteBufAllocator allocator, int type, byte[] proof) {
    return message(allocator, type).writeBytes(proof);
  }

  /** Returns a REFUSAL. */
  static ByteBuf refusal(ByteBufAllocator allocator, int reason) {
    return message(allocator, REFUSAL).writeByte(reason);
  }

  private static ByteBuf message(ByteBufAllocator allocator, int type) {
    return allocator.directBuffer(LONGEST).writeInt(MAGIC).writeByte(VERSION).writeByte(type);
  }

  /**
   * Looks whether the bytes in {@code in}, perhaps only the first of a message, begin with the
   * magic.
   */
  static boolean hasMagic(ByteBuf in) {
    int bytes = Math.min(Integer.BYTES, in.readableBytes());
    for (int i = 0; i < bytes; i++) {
      if (in.getByte(in.readerIndex() + i) != (byte) (MAGIC >> (24 - 8 * i))) {
        return false;
      }
    }
    return true;
  }

  /** Returns the proof of one role, which {@code type} says, for one connection. */
  static byte[] prove(
      Secret secret, int type, byte[] clientNonce, byte[] serverNonce, InetSocketAddress server) {
    String label = type == CLIENT_PROOF ? "copper+tcp client" : "copper+tcp server";
    byte[] address = server.getAddress().getAddress();
    byte[] end =
        ByteBuffer.allocate(2 + address.length + 2)
            .put((byte) VERSION)
            .put((byte) address.length)
            .put(address)
            .putShort((short) server.getPort())
            .array();
    return secret.mac(label.getBytes(StandardCharsets.US_ASCII), clientNonce, serverNonce, end);
  }

  /** Compares two proofs in a time that does not tell where they differ. */
  static boolean same(byte[] expected, byte[] actual) {
    return MessageDigest.isEqual(expected, actual);
  }
}
