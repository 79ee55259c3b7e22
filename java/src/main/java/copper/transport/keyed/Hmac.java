package copper.transport.keyed;

import copper.transport.Payload;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * HMAC-SHA-256 (RFC 2104) under one key, over as many bytes as a file has. Immutable, for any
 * thread.
 */
final class Hmac {
  /** The length of what it returns. */
  static final int BYTES = 32;

  private static final int BLOCK_BYTES = 64;

  private final Sha256 sha;
  private final byte[] inner;
  private final byte[] outer;

  /** Makes one under {@code key}, of 64 bytes at most. */
  Hmac(byte[] key, Sha256 sha) {
    this.sha = sha;
    inner = Arrays.copyOf(key, BLOCK_BYTES);
    outer = inner.clone();
    for (int i = 0; i < BLOCK_BYTES; i++) {
      inner[i] ^= 0x36;
      outer[i] ^= 0x5c;
    }
  }

  /** Returns the code of {@code head} and {@code rest}, one after the other. */
  byte[] of(List<ByteBuffer> head, List<ByteBuffer> rest) {
    List<ByteBuffer> all = new ArrayList<>(1 + head.size() + rest.size());
    all.add(ByteBuffer.wrap(inner));
    all.addAll(head);
    all.addAll(rest);
    byte[] first = sha.of(new Payload(all));
    return sha.of(Payload.of(ByteBuffer.wrap(outer), ByteBuffer.wrap(first)));
  }
}
