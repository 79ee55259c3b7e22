package copper.fuse.kernel;

import copper.fuse.CopperOperations;
import copper.model.Errno;
import copper.model.FileStat;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Answers GETATTR, READLINK and READ: what the kernel asks of a node, of whose content it may know
 * one state only. ESTALE where there is another one by now; the kernel then looks the name up anew,
 * and gets a node for what is there.
 */
final class FileAnswers {
  private final CopperOperations operations;
  private final Answers answers;
  private final Notifications notifications;
  private final InodeNumbers inodes;
  private final Timeouts timeouts;

  FileAnswers(
      CopperOperations operations,
      Answers answers,
      Notifications notifications,
      InodeNumbers inodes,
      Timeouts timeouts) {
    this.operations = operations;
    this.answers = answers;
    this.notifications = notifications;
    this.inodes = inodes;
    this.timeouts = timeouts;
  }

  /** Answers GETATTR. */
  void getattr(Request request, Node node, ByteBuffer memory) {
    boolean reads = (memory.getInt(Fuse.IN_HEADER) & Fuse.GETATTR_FH) != 0;
    answers.answer(
        request,
        node.path(),
        () -> operations.getattr(node.path()),
        (buffer, reply) -> {
          if (!reply.ok()) {
            buffer.sendError(request.device(), request.unique(), reply.errno());
            return;
          }
          boolean fits = node.goesWith(reply.value());
          if (reply.value().type() != node.type() || (reads && !fits)) {
            sendStale(request, node, buffer);
          } else if (!fits) {
            // Until the kernel has forgotten it, the file is what its pages show.
            notifications.outdated(node);
            sendAttributes(request, node, buffer, node.tellAgain(), Duration.ZERO);
          } else if (reads && isPassedOver(node, reply.value())) {
            buffer.sendError(request.device(), request.unique(), Errno.ESTALE);
          } else {
            node.told(reply.value(), inodes.of(reply.value()));
            sendAttributes(request, node, buffer, reply.value(), timeouts.attributes());
          }
        });
  }

  private static void sendAttributes(
      Request request, Node node, ReplyBuffer buffer, FileStat stat, Duration time) {
    buffer.begin(16 + Fuse.ATTR);
    buffer.putAttributesOut(time, stat, node.inode());
    buffer.send(request.device(), request.unique());
  }

  /**
   * Tells whether the kernel may read to the end that the file had before: it keeps no attributes
   * that it asked for before it was told to forget them, and may have begun to read by then.
   */
  private static boolean isPassedOver(Node node, FileStat stat) {
    return stat.size() != node.size() && node.wasForgottenLately();
  }

  private void sendStale(Request request, Node node, ReplyBuffer buffer) {
    notifications.outdated(node);
    buffer.sendError(request.device(), request.unique(), Errno.ESTALE);
  }

  /** Answers READLINK. */
  void readlink(Request request, Node node) {
    answers.answer(
        request,
        node.path(),
        () -> operations.readlink(node.path()),
        (buffer, reply) -> {
          if (reply.ok()) {
            buffer.sendData(request.device(), request.unique(), ByteBuffer.wrap(reply.value()));
          } else if (reply.errno() == Errno.EINVAL || reply.errno() == Errno.ESTALE) {
            // It is no link any more.
            sendStale(request, node, buffer);
          } else {
            buffer.sendError(request.device(), request.unique(), reply.errno());
          }
        });
  }

  /** Answers READ. */
  void read(Request request, Node node, ByteBuffer memory) {
    long offset = memory.getLong(Fuse.IN_HEADER + 8);
    int size = memory.getInt(Fuse.IN_HEADER + 16);
    int read = node.beginRead();
    answers.answer(
        request,
        node.path(),
        () -> operations.read(node.path(), offset, size),
        (buffer, reply) -> {
          if (!reply.ok() && !isGone(reply.errno())) {
            buffer.sendError(request.device(), request.unique(), reply.errno());
          } else if (!reply.ok() || !node.goesWith(reply.value().stat())) {
            sendStale(request, node, buffer);
          } else if (isPassedOver(node, reply.value().stat())) {
            buffer.sendError(request.device(), request.unique(), Errno.ESTALE);
          } else {
            buffer.sendData(request.device(), request.unique(), reply.value().data());
          }
        },
        () -> node.endRead(read));
  }

  /** Tells whether there is no such file any more, or something that cannot be read. */
  private static boolean isGone(int errno) {
    return switch (errno) {
      case Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.EISDIR, Errno.EINVAL, Errno.ESTALE ->
          true;
      default -> false;
    };
  }
}
