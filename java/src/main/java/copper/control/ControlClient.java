package copper.control;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Has a running node execute a command, through its {@link ControlSocket}. Blocks. */
public final class ControlClient {
  private final Path socket;

  /** Makes a client of the node that listens on {@code socket}. */
  public ControlClient(Path socket) {
    this.socket = socket;
  }

  /** Tells whether a node listens. */
  public boolean isAlive() {
    return ControlSocket.isAlive(socket);
  }

  /**
   * Executes a command and returns its result.
   *
   * @param progress is told how far it is, on this thread
   * @throws CommandException if the node says that it failed, and why
   * @throws IOException if the node is not there, or ends meanwhile
   */
  public ByteBuffer run(String command, ByteBuffer body, Consumer<ByteBuffer> progress)
      throws IOException, CommandException {
    byte[] name = command.getBytes(StandardCharsets.UTF_8);
    ByteBuffer head = ByteBuffer.allocate(2 * Integer.BYTES + name.length);
    head.putInt(Integer.BYTES + name.length + body.remaining()).putInt(name.length).put(name);
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      ControlSocket.write(channel, head.flip(), body.duplicate());
      while (true) {
        ByteBuffer answer = ControlSocket.read(channel, Integer.BYTES + 1);
        if (answer == null) {
          throw new EOFException("the node has ended, or serves too many commands");
        }
        int bytes = answer.getInt();
        byte kind = answer.get();
        ByteBuffer message = ControlSocket.read(channel, bytes);
        if (message == null) {
          throw new EOFException("the node has ended");
        } else if (kind == ControlSocket.RESULT) {
          return message;
        } else if (kind == ControlSocket.ERROR) {
          throw new CommandException(StandardCharsets.UTF_8.decode(message).toString());
        }
        progress.accept(message);
      }
    }
  }

  /** A command that failed; the message says why, in one line. */
  public static final class CommandException extends Exception {
    private static final long serialVersionUID = 1L;

    CommandException(String message) {
      super(message);
    }
  }
}
