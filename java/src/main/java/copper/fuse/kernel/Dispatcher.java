package copper.fuse.kernel;

import copper.control.Ioctl;
import copper.fuse.CopperOperations;
import copper.metrics.Pending;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Turns each request of the kernel into a question to {@link CopperOperations}, and what it says
 * into an answer.
 *
 * <p>Runs on the threads that read requests, and does not wait: an answer that is not there yet is
 * written by the thread that brings it.
 */
final class Dispatcher {
  private final CopperOperations operations;
  private final Negotiation features;
  private final Timeouts timeouts;
  private final NodeTable nodes;
  private final InodeNumbers inodes;
  private final Renewal renewal;
  private final Notifications notifications;
  private final Answers answers;
  private final DirectoryAnswers directories;
  private final FileAnswers files;
  private final PageStore pages;

  /**
   * What a mount consists of besides its threads.
   *
   * @param renewal takes the names that are missing
   * @param executor runs what may block; not on a thread that answers the kernel
   */
  record Parts(
      CopperOperations operations,
      Negotiation features,
      Timeouts timeouts,
      NodeTable nodes,
      Renewal renewal,
      Notifications notifications,
      Executor executor) {}

  Dispatcher(Parts parts) {
    operations = parts.operations();
    features = parts.features();
    timeouts = parts.timeouts();
    nodes = parts.nodes();
    renewal = parts.renewal();
    notifications = parts.notifications();
    inodes = new InodeNumbers();
    answers = new Answers(notifications);
    directories = new DirectoryAnswers(operations, answers, notifications, nodes, inodes, timeouts);
    files = new FileAnswers(operations, answers, notifications, inodes, timeouts);
    pages = new PageStore(operations, notifications, answers, parts.executor());
  }

  /** Returns the requests that are being answered, in no order. */
  List<Pending> pending() {
    return answers.pending();
  }

  /**
   * Answers the request of {@code length} bytes in {@code memory}, or sees to it that it will be.
   * What is no request of the protocol is EINVAL, and without a header is passed over.
   */
  void handle(Device device, ByteBuffer memory, int length) {
    if (length < Fuse.IN_HEADER) {
      return;
    }
    try {
      dispatch(device, memory, length);
    } catch (RuntimeException | Error e) {
      // Whoever asked must not wait for ever.
      answers.failed(device, memory.getLong(Fuse.IN_UNIQUE));
      throw e;
    }
  }

  private void dispatch(Device device, ByteBuffer memory, int length) {
    int opcode = memory.getInt(Fuse.IN_OPCODE);
    boolean whole = RequestLengths.fits(memory, length);
    switch (opcode) {
      case Fuse.FORGET, Fuse.BATCH_FORGET, Fuse.INTERRUPT -> {
        if (whole) {
          take(opcode, memory);
        }
      }
      default -> {
        Request request = new Request(device, memory);
        Node node = nodes.get(request.node());
        if (!whole) {
          answers.error(request, Errno.EINVAL);
        } else if (node == null && opcode != Fuse.DESTROY) {
          answers.error(request, Errno.ESTALE);
        } else {
          handle(request, node, memory);
        }
      }
    }
  }

  /** Takes what is not answered. */
  private void take(int opcode, ByteBuffer memory) {
    switch (opcode) {
      case Fuse.FORGET ->
          nodes.forget(memory.getLong(Fuse.IN_NODE), memory.getLong(Fuse.IN_HEADER));
      case Fuse.BATCH_FORGET -> forgetBatch(memory);
      default -> answers.interrupt(memory.getLong(Fuse.IN_HEADER));
    }
  }

  private void handle(Request request, Node node, ByteBuffer memory) {
    switch (request.opcode()) {
      case Fuse.LOOKUP -> lookup(request, node, memory);
      case Fuse.GETATTR -> files.getattr(request, node, memory);
      case Fuse.READLINK -> files.readlink(request, node);
      case Fuse.READ -> files.read(request, node, memory);
      case Fuse.READDIR -> directories.read(request, node, memory, false);
      case Fuse.READDIRPLUS -> directories.read(request, node, memory, true);
      case Fuse.STATFS -> statfs(request);
      case Fuse.IOCTL -> ioctl(request, node, memory);
      case Fuse.OPEN -> open(request, features.skipsOpen(), Fuse.FOPEN_KEEP_CACHE);
      case Fuse.OPENDIR ->
          open(request, features.skipsOpendir(), Fuse.FOPEN_KEEP_CACHE | Fuse.FOPEN_CACHE_DIR);
      case Fuse.RELEASE, Fuse.RELEASEDIR, Fuse.DESTROY -> answers.error(request, 0);
      case Fuse.WRITE -> write(request, node);
      case Fuse.SETATTR,
          Fuse.SYMLINK,
          Fuse.MKNOD,
          Fuse.MKDIR,
          Fuse.UNLINK,
          Fuse.RMDIR,
          Fuse.RENAME,
          Fuse.RENAME2,
          Fuse.LINK,
          Fuse.CREATE,
          Fuse.TMPFILE,
          Fuse.FALLOCATE,
          Fuse.SETXATTR,
          Fuse.REMOVEXATTR,
          Fuse.COPY_FILE_RANGE ->
          answers.error(request, Errno.EROFS);
      default -> notHere(request);
    }
  }

  /** What is answered so is not asked again: the kernel does without, or for itself. */
  private void notHere(Request request) {
    switch (request.opcode()) {
      case Fuse.FLUSH,
          Fuse.FSYNC,
          Fuse.FSYNCDIR,
          Fuse.ACCESS,
          Fuse.GETXATTR,
          Fuse.LISTXATTR,
          Fuse.LSEEK,
          Fuse.BMAP,
          Fuse.POLL,
          Fuse.SYNCFS,
          Fuse.STATX -> {}
      default -> operations.unknown(request.opcode());
    }
    answers.error(request, Errno.ENOSYS);
  }

  private void forgetBatch(ByteBuffer memory) {
    int count = memory.getInt(Fuse.IN_HEADER);
    for (int i = 0; i < count; i++) {
      int at = Fuse.IN_HEADER + 8 + 16 * i;
      nodes.forget(memory.getLong(at), memory.getLong(at + 8));
    }
  }

  private void lookup(Request request, Node directory, ByteBuffer memory) {
    RawPath path = directory.path().resolve(name(memory));
    answers.answer(
        request,
        path,
        () -> operations.getattr(path),
        (buffer, reply) -> sendEntry(request, directory, path, buffer, reply));
  }

  private static byte[] name(ByteBuffer memory) {
    byte[] name = new byte[memory.getInt(Fuse.IN_LENGTH) - Fuse.IN_HEADER - 1];
    memory.get(Fuse.IN_HEADER, name);
    return name;
  }

  private void sendEntry(
      Request request, Node directory, RawPath path, ReplyBuffer buffer, Reply<FileStat> reply) {
    if (!reply.ok()) {
      sendNoEntry(request, directory, path, buffer, reply.errno());
      return;
    }
    FileStat stat = reply.value();
    Node node = nodes.acquire(directory, path, stat);
    node.told(stat, inodes.of(stat));
    buffer.begin(Fuse.ENTRY + Fuse.ATTR);
    buffer.putEntry(node.id(), timeouts, stat, node.inode());
    if (buffer.send(request.device(), request.unique()) != 0) {
      nodes.forget(node.id(), 1); // nobody was told
    }
  }

  private void sendNoEntry(
      Request request, Node directory, RawPath path, ReplyBuffer buffer, int errno) {
    if (errno == Errno.ENOENT && !timeouts.missing().isZero()) {
      Duration told = renewal.add(directory, path);
      buffer.begin(Fuse.ENTRY + Fuse.ATTR);
      buffer.putNoEntry(told);
      buffer.send(request.device(), request.unique());
    } else {
      buffer.sendError(request.device(), request.unique(), errno);
    }
  }

  private void statfs(Request request) {
    answers.answer(
        request,
        RawPath.ROOT,
        operations::statfs,
        (buffer, reply) -> {
          if (reply.ok()) {
            buffer.begin(Fuse.STATFS_OUT);
            buffer.putSpace(reply.value());
            buffer.send(request.device(), request.unique());
          } else {
            buffer.sendError(request.device(), request.unique(), reply.errno());
          }
        });
  }

  private void ioctl(Request request, Node node, ByteBuffer memory) {
    int flags = memory.getInt(Fuse.IN_HEADER + 8);
    int code = memory.getInt(Fuse.IN_HEADER + 12);
    if ((flags & Fuse.IOCTL_DIR) != 0) {
      answers.error(request, Errno.ENOTTY);
      return;
    }
    // Not answered anew after a reset, or a reset would be answered never.
    answers.answerOnce(
        request,
        node.path(),
        () ->
            code == Ioctl.TCGETS
                ? pages.offer(node).thenCompose(offered -> operations.ioctl(node.path(), code))
                : operations.ioctl(node.path(), code),
        (buffer, reply) -> {
          if (reply.ok()) {
            buffer.begin(Fuse.IOCTL_OUT);
            buffer.putInt(reply.value());
            buffer.putInt(0);
            buffer.putLong(0);
            buffer.send(request.device(), request.unique());
          } else {
            buffer.sendError(request.device(), request.unique(), reply.errno());
          }
        });
  }

  private void open(Request request, boolean skip, int flags) {
    if (skip) {
      // Asked once: from then on the kernel opens without us and keeps its caches.
      answers.error(request, Errno.ENOSYS);
      return;
    }
    answers.now(
        request,
        buffer -> {
          buffer.begin(Fuse.OPEN_OUT);
          buffer.putLong(0);
          buffer.putInt(flags);
          buffer.putInt(0);
          buffer.send(request.device(), request.unique());
        });
  }

  /**
   * What a program wrote into a shared mapping is in the page cache, where others would read it.
   */
  private void write(Request request, Node node) {
    answers.error(request, Errno.EROFS);
    notifications.dropPages(node);
  }
}
