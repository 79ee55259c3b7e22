package copper.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Listens on a {@link ControlSocket} and executes what the node's own user asks for.
 *
 * <p>Each connection carries one command. It has two threads of its own, which wait for the other
 * side so that no thread of the node has to: one hears that the other side is gone, which cancels
 * the command, the other writes.
 */
public final class ControlServer implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(ControlServer.class.getName());

  private static final int MOST_CONNECTIONS = 16;

  /** A node listens long before so much time is over. */
  private static final Duration STARTING = Duration.ofMinutes(1);

  /** Usually it is "Too many open files", which trying again at once would not mend. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final ServerSocketChannel listener;
  private final Path socket;
  private final Map<String, Command> commands;
  private final ThreadFactory threads;
  private final Set<ControlConnection> connections = ConcurrentHashMap.newKeySet();

  /** What a command does. */
  public interface Command {
    /**
     * Begins it; the future is its result, and is cancelled when nobody waits any more.
     *
     * @param progress may be told how far it is; only the newest word is sent
     */
    CompletableFuture<ByteBuffer> run(ByteBuffer body, Consumer<ByteBuffer> progress);
  }

  private ControlServer(
      ServerSocketChannel listener,
      Path socket,
      Map<String, Command> commands,
      ThreadFactory threads) {
    this.listener = listener;
    this.socket = socket;
    this.commands = Map.copyOf(commands);
    this.threads = threads;
  }

  /**
   * Listens from now on.
   *
   * @param threads makes daemon threads
   * @throws IOException with one line, if that cannot be done
   */
  public static ControlServer open(
      ControlSocket place, Path mount, Map<String, Command> commands, ThreadFactory threads)
      throws IOException {
    place.prepare();
    Path socket = place.socket(mount);
    if (Files.exists(socket)) {
      if (ControlSocket.isAlive(socket)) {
        throw new IOException(socket + " is the socket of another node that runs");
      }
      Files.deleteIfExists(socket);
    }
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    removeLeftOvers(place, socket);
    ControlServer server = new ControlServer(listener, socket, commands, threads);
    threads.newThread(server::accept).start();
    return server;
  }

  /**
   * Takes away the sockets of nodes that were killed; not new ones, whose node may be about to
   * listen.
   */
  private static void removeLeftOvers(ControlSocket place, Path own) throws IOException {
    Instant now = Files.getLastModifiedTime(own).toInstant();
    for (Path socket : place.all()) {
      try {
        Instant made = Files.getLastModifiedTime(socket).toInstant();
        if (made.isBefore(now.minus(STARTING)) && !ControlSocket.isAlive(socket)) {
          Files.deleteIfExists(socket);
        }
      } catch (NoSuchFileException e) {
        // Another node was quicker, or that one has ended.
      }
    }
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel channel = next();
        if (connections.size() >= MOST_CONNECTIONS) {
          channel.close();
          continue;
        }
        ControlConnection connection = new ControlConnection(channel, this::begin);
        connections.add(connection);
        threads.newThread(() -> serve(connection)).start();
      }
    } catch (ClosedChannelException e) {
      // The node is closing.
    } catch (IOException e) {
      LOG.log(Level.WARNING, "no more commands are heard on " + socket + ": " + e.getMessage());
    }
  }

  /** Waits for who comes next, also while there are no descriptors. */
  private SocketChannel next() throws IOException {
    while (true) {
      try {
        return listener.accept();
      } catch (ClosedChannelException e) {
        throw e;
      } catch (IOException e) {
        LOG.warning("no command is heard for a moment on " + socket + ": " + e.getMessage());
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private void serve(ControlConnection connection) {
    try {
      connection.serve(threads);
    } finally {
      connections.remove(connection);
    }
  }

  private CompletableFuture<ByteBuffer> begin(ByteBuffer request, Consumer<ByteBuffer> progress) {
    String command = name(request);
    Command known = commands.get(command);
    if (known == null) {
      return CompletableFuture.failedFuture(
          new IOException(
              "the node does not know the command " + command + "; it is an older one"));
    }
    return known.run(request.slice(), progress);
  }

  /** Reads the name of a command; what is left is its own part. */
  static String name(ByteBuffer request) {
    int length = request.remaining() < Integer.BYTES ? -1 : request.getInt();
    if (length < 0 || length > request.remaining()) {
      throw new IllegalArgumentException("a command that is cut off");
    }
    byte[] name = new byte[length];
    request.get(name);
    return new String(name, StandardCharsets.UTF_8);
  }

  /** Ends all commands and takes the socket away. */
  @Override
  public void close() throws IOException {
    listener.close();
    Files.deleteIfExists(socket);
    connections.forEach(ControlConnection::close);
  }
}
