package copper.storage;

import copper.model.DirectoryVersion;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open file descriptor, owned by whoever opened it and used by that thread only.
 *
 * <p>Throws {@link IllegalStateException} when used after it was closed; closing twice does
 * nothing.
 */
final class OpenFile implements AutoCloseable {
  private final Posix posix;
  private final Scratch scratch;
  private final int fd;
  private FileVersion version;
  private final AtomicBoolean closed = new AtomicBoolean();

  private OpenFile(Posix posix, Scratch scratch, int fd) {
    this.posix = posix;
    this.scratch = scratch;
    this.fd = fd;
  }

  /**
   * Opens the regular file at {@code path} for reading.
   *
   * <p>Whatever else is there is not opened: opening a fifo or a device does things to it. Should
   * one take the file's place between the look and the opening, it is closed again at once, and
   * O_NONBLOCK sees to it that the opening did not wait.
   *
   * @throws ErrnoException EISDIR for a directory, ELOOP for a symbolic link (as open(2) with
   *     O_NOFOLLOW), EINVAL for anything else that is not a regular file
   */
  static OpenFile regular(PathWalk walk, Scratch scratch, RawPath path) throws ErrnoException {
    walk.lstatx(scratch, path);
    requireRegular(scratch);
    OpenFile file = new OpenFile(walk.posix(), scratch, openForReading(walk, scratch, path));
    try {
      file.version = file.versionNow();
      requireRegular(scratch);
      return file;
    } catch (ErrnoException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Opens without waiting; but EAGAIN means that another process has a lease on the file (fcntl(2),
   * F_SETLEASE), and then waiting is what open(2) would do for anybody.
   */
  private static int openForReading(PathWalk walk, Scratch scratch, RawPath path)
      throws ErrnoException {
    int flags = LinuxAbi.O_RDONLY | LinuxAbi.O_NOCTTY | walk.posix().abi().nofollow();
    try {
      return walk.open(scratch, path, flags | LinuxAbi.O_NONBLOCK);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EAGAIN) {
        throw e;
      }
      return walk.open(scratch, path, flags);
    }
  }

  /** Opens the directory at {@code path} for listing; a symbolic link to one is ENOTDIR. */
  static OpenFile directory(PathWalk walk, Scratch scratch, RawPath path) throws ErrnoException {
    LinuxAbi abi = walk.posix().abi();
    int flags = LinuxAbi.O_RDONLY | abi.directory() | abi.nofollow();
    return new OpenFile(walk.posix(), scratch, walk.open(scratch, path, flags));
  }

  /** Opens the place of {@code path} in the tree, which opens nothing of the file itself. */
  static OpenFile place(PathWalk walk, Scratch scratch, RawPath path) throws ErrnoException {
    int flags = LinuxAbi.O_PATH | walk.posix().abi().nofollow();
    return new OpenFile(walk.posix(), scratch, walk.open(scratch, path, flags));
  }

  private static void requireRegular(Scratch scratch) throws ErrnoException {
    switch (Statx.mode(scratch.record()) & FileStat.S_IFMT) {
      case FileStat.S_IFREG -> {}
      case FileStat.S_IFDIR -> throw new ErrnoException(Errno.EISDIR);
      case FileStat.S_IFLNK -> throw new ErrnoException(Errno.ELOOP);
      default -> throw new ErrnoException(Errno.EINVAL);
    }
  }

  /** Returns the length in bytes that the regular file had when it was opened. */
  long size() {
    return version.size();
  }

  /** Returns when the regular file had been modified last, in nanoseconds, when it was opened. */
  long mtime() {
    return version.mtime();
  }

  /**
   * Tells whether the regular file was in the state {@code wanted} when it was opened.
   *
   * <p>Length and time of modification have to be the same. That does not tell a file from one that
   * was given both and put in its place; the inode number does, where file systems keep to it. A
   * program that serves one (libfuse, as most use it) has a number for a file only as long as the
   * kernel knows of it, and the same one for what is put in its place, so there the time of the
   * inode's change decides, which nobody can set. Elsewhere it does not, since a change of mode or
   * a further link sets it too.
   */
  boolean is(FileVersion wanted) throws ErrnoException {
    if (!version.hasContentOf(wanted)) {
      return false;
    }
    boolean sameNumber = version.ino() == wanted.ino();
    boolean sameChange = version.hasChangeTimeOf(wanted);
    return (sameNumber != sameChange && isServed()) ? sameChange : sameNumber;
  }

  /** Tells whether the file still is in the state that it was in when it was opened. */
  boolean isUnchanged() throws ErrnoException {
    return versionNow().hasContentOf(version);
  }

  /** Tells whether a program serves the file system that holds the file (FUSE). */
  private boolean isServed() throws ErrnoException {
    posix.fstatfs(fd(), scratch.recordAddress());
    return scratch.record().getLong(0) == LinuxAbi.FUSE;
  }

  private FileVersion versionNow() throws ErrnoException {
    posix.fstatx(fd(), scratch.emptyPath(), scratch.recordAddress());
    return Statx.version(scratch.record());
  }

  /** Asks the file system for the state that the directory is in. */
  DirectoryVersion directoryVersion() throws ErrnoException {
    posix.fstatx(fd(), scratch.emptyPath(), scratch.recordAddress());
    return Statx.directoryVersion(scratch.record());
  }

  /** Reads up to {@code length} bytes to {@code address} and returns how many; 0 at the end. */
  int pread(long address, int length, long offset) throws ErrnoException {
    return (int) posix.pread(fd(), address, length, offset);
  }

  /** Reads directory records into the thread's I/O memory and returns their bytes; 0 at the end. */
  int getdents() throws ErrnoException {
    return posix.getdents64(fd(), scratch.ioAddress(), Scratch.IO_SIZE);
  }

  /** Puts the struct statvfs of the file's file system into the thread's record memory. */
  void statvfs() throws ErrnoException {
    posix.fstatvfs(fd(), scratch.recordAddress());
  }

  private int fd() {
    if (closed.get()) {
      throw new IllegalStateException("the file is closed");
    }
    return fd;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      posix.close(fd);
    }
  }
}
