package copper.control;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a node listens for the commands of its own user: a Unix-domain socket for each mount, in a
 * directory that nobody else may enter.
 *
 * <p>The directory is $COPPER_RUN_DIR, or else /tmp/copper-UID: both the node and the command must
 * come to the same, and a variable such as TMPDIR or XDG_RUNTIME_DIR often differs between a job
 * and a login.
 *
 * @param directory the directory of all sockets of this user
 */
public record ControlSocket(Path directory) {
  /** The environment variable that names the directory. */
  public static final String VARIABLE = "COPPER_RUN_DIR";

  private static final String SUFFIX = ".sock";
  private static final String OWNER_ONLY = "rwx------";
  private static final int NAME_BYTES = 12;

  /**
   * Returns the sockets' directory, which need not exist.
   *
   * @throws IOException if the user's number cannot be read
   */
  public static ControlSocket of(Map<String, String> environment) throws IOException {
    String named = environment.getOrDefault(VARIABLE, "");
    return new ControlSocket(named.isEmpty() ? Path.of("/tmp/copper-" + user()) : Path.of(named));
  }

  private static Object user() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  /** Returns the socket of the node whose mount point is {@code mount}. */
  public Path socket(Path mount) {
    Path real = real(mount.toAbsolutePath().normalize());
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(real.toString().getBytes(StandardCharsets.UTF_8));
      // A path of a socket has 108 bytes, a mount point may have more.
      return directory.resolve(HexFormat.of().formatHex(hash, 0, NAME_BYTES) + SUFFIX);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** The mount point itself is not looked at: a mount that is dead would fail. */
  private static Path real(Path path) {
    Path parent = path.getParent();
    try {
      return parent == null ? path : parent.toRealPath().resolve(path.getFileName());
    } catch (IOException e) {
      return path;
    }
  }

  /** Returns the sockets there are; nodes that were killed leave theirs. */
  public List<Path> all() throws IOException {
    List<Path> sockets = new ArrayList<>();
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      try (var found = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
        found.forEach(sockets::add);
      }
    }
    return sockets;
  }

  /**
   * Makes sure that the directory is this user's alone, making it if need be.
   *
   * @throws IOException with one line, if it is not
   */
  public void prepare() throws IOException {
    Files.createDirectories(directory.toAbsolutePath().getParent());
    try {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
    } catch (FileAlreadyExistsException e) {
      // Most often; or by a node that starts at the same time.
    }
    check();
  }

  /**
   * Checks that nobody else can have made what is in the directory.
   *
   * @throws IOException with one line, if somebody can
   */
  public void check() throws IOException {
    Map<String, Object> found =
        Files.readAttributes(
            directory, "unix:uid,permissions,isDirectory", LinkOption.NOFOLLOW_LINKS);
    boolean directoryItself = Boolean.TRUE.equals(found.get("isDirectory"));
    boolean own =
        user().equals(found.get("uid"))
            && found.get("permissions") instanceof Set<?> permissions
            && permissions.equals(PosixFilePermissions.fromString(OWNER_ONLY));
    if (!directoryItself || !own) {
      throw new IOException(
          directory
              + " must be a directory of this user with mode 0700; correct that, or name another by $"
              + VARIABLE);
    }
  }

  /** Tells whether a node listens on {@code socket}. */
  static boolean isAlive(Path socket) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** The kinds of messages a node sends: a length, one of these, and the bytes. */
  static final byte PROGRESS = 0;

  static final byte RESULT = 1;
  static final byte ERROR = 2;

  /** Reads exactly {@code bytes}; null if the other side has closed before the first. */
  static ByteBuffer read(SocketChannel channel, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        if (buffer.position() == 0) {
          return null;
        }
        throw new IOException("the other side closed within a message");
      }
    }
    return buffer.flip();
  }

  static void write(SocketChannel channel, ByteBuffer... parts) throws IOException {
    long left = 0;
    for (ByteBuffer part : parts) {
      left += part.remaining();
    }
    while (left > 0) {
      left -= channel.write(parts);
    }
  }
}
