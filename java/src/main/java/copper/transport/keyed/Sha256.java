package copper.transport.keyed;

import copper.transport.Payload;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/** Something that computes SHA-256, on any thread. */
@FunctionalInterface
public interface Sha256 {
  /** Java's own. */
  Sha256 JAVA =
      bytes -> {
        try {
          MessageDigest digest = MessageDigest.getInstance("SHA-256");
          for (ByteBuffer part : bytes.buffers()) {
            digest.update(part.duplicate());
          }
          return digest.digest();
        } catch (GeneralSecurityException e) {
          throw new IllegalStateException("this Java has no SHA-256", e);
        }
      };

  /** Returns the 32 bytes for {@code bytes}, whose buffers stay as they are. */
  byte[] of(Payload bytes);
}
