package copper.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret that the nodes of one job share, and by which they know each other.
 *
 * <p>It lives in a file that only its owner can read. It never crosses the network, and nothing
 * prints it. Immutable, for any thread.
 */
public final class Secret {
  /** The fewest bytes a secret has, white space at both ends not counted. */
  public static final int MINIMUM_BYTES = 32;

  private static final int MAXIMUM_BYTES = 4096;
  private static final String ALGORITHM = "HmacSHA256";
  private static final String ATTRIBUTES = "unix:uid,mode,isRegularFile,fileKey";
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final SecretKeySpec key;

  private Secret(byte[] bytes) {
    key = new SecretKeySpec(bytes, ALGORITHM);
  }

  /**
   * Reads the secret in {@code file}: a regular file of this user with no permission for others.
   *
   * <p>White space around the secret does not belong to it, so that an editor's newline does no
   * harm.
   *
   * @throws IOException with one line that names the file and what to do
   */
  public static Secret read(Path file) throws IOException {
    byte[] content;
    try {
      Map<String, Object> before = check(file);
      content = readAtMost(file, MAXIMUM_BYTES + 1);
      // The file checked and the file read are the same one, or somebody is playing with it.
      if (!before.equals(check(file))) {
        throw new IOException("secret file " + file + " was replaced while it was read: try again");
      }
    } catch (NoSuchFileException e) {
      throw new IOException(
          "secret file "
              + file
              + " does not exist: name the job's secret with -secret_file or COPPER_SECRET_FILE",
          e);
    } catch (FileSystemException e) {
      throw new IOException("secret file " + file + " cannot be read: " + reason(e), e);
    }
    byte[] trimmed = trim(content);
    Arrays.fill(content, (byte) 0);
    if (content.length > MAXIMUM_BYTES) {
      throw new IOException(
          "secret file " + file + " is longer than " + MAXIMUM_BYTES + " bytes: is it the file?");
    }
    if (trimmed.length < MINIMUM_BYTES) {
      throw new IOException(
          "secret file "
              + file
              + " holds "
              + trimmed.length
              + " bytes, and a secret has at least "
              + MINIMUM_BYTES
              + ": write a random one into it");
    }
    return new Secret(trimmed);
  }

  /**
   * Makes {@code file} with a new random secret, readable by this user only from its first moment.
   *
   * @throws IOException if the file exists already or cannot be written; naming the file
   */
  public static Secret create(Path file) throws IOException {
    byte[] random = new byte[MINIMUM_BYTES];
    new SecureRandom().nextBytes(random);
    byte[] text = HexFormat.of().formatHex(random).getBytes(StandardCharsets.US_ASCII);
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNER_ONLY)) {
      writeAll(channel, file, text);
    } catch (FileAlreadyExistsException e) {
      throw new IOException("secret file " + file + " exists already: remove it, or use it", e);
    } catch (FileSystemException e) {
      throw new IOException("secret file " + file + " cannot be made: " + reason(e), e);
    }
    return new Secret(text);
  }

  /** Returns a secret of these bytes, at least the fewest, of which a copy is taken. */
  public static Secret of(byte[] bytes) {
    return new Secret(bytes);
  }

  /** Returns the HMAC-SHA-256 of the {@code parts}, one after the other, under this secret. */
  public byte[] mac(byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + ALGORITHM, e);
    }
  }

  /** Tells nothing. */
  @Override
  public String toString() {
    return "Secret";
  }

  private static Map<String, Object> check(Path file) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(file, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    if (!Objects.equals(attributes.get("isRegularFile"), true)) {
      throw new IOException(
          "secret file " + file + " is not a regular file: name the file itself, no link or pipe");
    }
    int owner = (Integer) attributes.get("uid");
    int user = userId();
    if (owner != user) {
      throw new IOException(
          "secret file "
              + file
              + " belongs to user "
              + owner
              + " and this process to "
              + user
              + ": use a file of your own");
    }
    int mode = (Integer) attributes.get("mode") & 0777;
    if ((mode & 0077) != 0) {
      throw new IOException(
          "secret file "
              + file
              + " is open to others (mode "
              + String.format("%04o", mode)
              + "): run chmod 600 "
              + file
              + ", and replace the secret if others may have read it");
    }
    return attributes;
  }

  /**
   * Returns this process's user id, as the owner of its directory in /proc.
   *
   * <p>Names will not do, for a container's user need not have one, and UnixSystem of JDK 17 then
   * says 0.
   */
  private static int userId() throws IOException {
    return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  private static String reason(FileSystemException e) {
    return e.getReason() == null ? "permission denied or no such directory" : e.getReason();
  }

  private static byte[] readAtMost(Path file, int limit) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(limit);
    try (SeekableByteChannel channel =
        Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      int count;
      do {
        count = channel.read(buffer);
      } while (count > 0);
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private static void writeAll(SeekableByteChannel channel, Path file, byte[] text)
      throws IOException {
    try {
      ByteBuffer buffer = ByteBuffer.allocate(text.length + 1).put(text).put((byte) '\n').flip();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw new IOException("cannot write secret file " + file + ": " + e.getMessage(), e);
    }
  }

  private static byte[] trim(byte[] bytes) {
    int from = 0;
    int to = bytes.length;
    while (from < to && isSpace(bytes[from])) {
      from++;
    }
    while (to > from && isSpace(bytes[to - 1])) {
      to--;
    }
    return Arrays.copyOfRange(bytes, from, to);
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }
}
