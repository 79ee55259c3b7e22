package copper.fuse.kernel;

import copper.fuse.CopperOperations;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Answers READDIR and READDIRPLUS: pieces of a directory, with or without attributes, each as long
 * as the kernel's buffer.
 */
final class DirectoryAnswers {
  private static final int LONGEST_NAME = 255;

  private final CopperOperations operations;
  private final Answers answers;
  private final Notifications notifications;
  private final NodeTable nodes;
  private final InodeNumbers inodes;
  private final Timeouts timeouts;

  DirectoryAnswers(
      CopperOperations operations,
      Answers answers,
      Notifications notifications,
      NodeTable nodes,
      InodeNumbers inodes,
      Timeouts timeouts) {
    this.operations = operations;
    this.answers = answers;
    this.notifications = notifications;
    this.nodes = nodes;
    this.inodes = inodes;
    this.timeouts = timeouts;
  }

  /** Which piece of which directory is asked for. */
  private record Piece(Node directory, long position, int size, boolean plus) {}

  /** Answers with a piece; {@code plus} tells whether with attributes. */
  void read(Request request, Node directory, ByteBuffer memory, boolean plus) {
    Piece piece =
        new Piece(
            directory,
            memory.getLong(Fuse.IN_HEADER + 8),
            memory.getInt(Fuse.IN_HEADER + 16),
            plus);
    answers.answer(
        request,
        directory.path(),
        () -> listing(piece),
        (buffer, reply) -> send(request, piece, buffer, reply));
  }

  /** Who has begun reads on in what he began with; if that is gone, in what is there now. */
  private CompletableFuture<Reply<DirectoryListing>> listing(Piece piece) {
    DirectoryListing begun =
        piece.position() == 0 ? null : piece.directory().listings().at(piece.position());
    return begun == null
        ? operations.readdir(piece.directory().path())
        : CompletableFuture.completedFuture(Reply.of(begun));
  }

  private void send(
      Request request, Piece piece, ReplyBuffer buffer, Reply<DirectoryListing> reply) {
    if (!reply.ok()) {
      sendError(request, piece.directory(), buffer, reply.errno());
      return;
    }
    List<DirectoryListing.Entry> entries = reply.value().entries();
    List<Node> told = new ArrayList<>();
    buffer.begin(piece.size());
    long epoch = notifications.epoch();
    Listings listings = piece.directory().listings();
    long start = listings.start(piece.position(), reply.value(), epoch);
    // What was listed before a reset may be gone: names alone.
    boolean current = listings.isOf(start, epoch);
    int index = Listings.index(piece.position());
    boolean fits = true;
    while (fits && index < entries.size()) {
      if (entries.get(index).name().length > LONGEST_NAME) {
        told.forEach(node -> nodes.forget(node.id(), 1));
        buffer.sendError(request.device(), request.unique(), Errno.ENAMETOOLONG);
        return;
      }
      fits = put(buffer, piece, entries.get(index), start | (index + 1), current, told);
      index++;
    }
    if (buffer.send(request.device(), request.unique()) != 0) {
      told.forEach(node -> nodes.forget(node.id(), 1));
    }
  }

  /** What is no directory any more is looked up anew. */
  private void sendError(Request request, Node directory, ReplyBuffer buffer, int errno) {
    if (!directory.isRoot() && (errno == Errno.ENOTDIR || errno == Errno.ESTALE)) {
      notifications.outdated(directory);
    }
    buffer.sendError(
        request.device(), request.unique(), errno == Errno.ENOTDIR ? Errno.ESTALE : errno);
  }

  /** Puts one entry; false if it does not fit. */
  private boolean put(
      ReplyBuffer buffer,
      Piece piece,
      DirectoryListing.Entry entry,
      long next,
      boolean current,
      List<Node> told) {
    int head = piece.plus() ? Fuse.ENTRY + Fuse.ATTR + Fuse.DIRENT : Fuse.DIRENT;
    int length = (head + entry.name().length + 7) & ~7;
    if (buffer.length() + length > piece.size()) {
      return false;
    }
    long inode = entry.stat().map(inodes::of).orElse(Fuse.UNKNOWN_INODE);
    if (piece.plus()) {
      if (current) {
        putEntry(buffer, piece.directory(), entry, inode, told);
      } else {
        buffer.putNoEntry(Duration.ZERO);
      }
    }
    buffer.putLong(inode(piece.directory(), entry, inode));
    buffer.putLong(next);
    buffer.putInt(entry.name().length);
    buffer.putInt(entry.type() >>> 12);
    buffer.putBytes(entry.name());
    buffer.align();
    return true;
  }

  private void putEntry(
      ReplyBuffer buffer,
      Node directory,
      DirectoryListing.Entry entry,
      long inode,
      List<Node> told) {
    Optional<FileStat> stat = entry.stat();
    if (stat.isEmpty() || entry.isSelfOrParent()) {
      buffer.putNoEntry(Duration.ZERO);
      return;
    }
    RawPath path = directory.path().resolve(entry.name());
    Node node = nodes.acquire(directory, path, stat.get());
    node.told(stat.get(), inode);
    told.add(node);
    buffer.putEntry(node.id(), timeouts, stat.get(), inode);
  }

  /** Programs take the number of a name for a hint, and zero for a name that is not there. */
  private long inode(Node directory, DirectoryListing.Entry entry, long known) {
    if (!entry.isSelfOrParent()) {
      return known == 0 ? Fuse.UNKNOWN_INODE : known;
    }
    Node node = entry.name().length == 1 ? directory : nodes.get(directory.parent());
    return node == null || node.inode() == 0 ? Fuse.UNKNOWN_INODE : node.inode();
  }
}
