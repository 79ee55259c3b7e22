package copper.storage;

import copper.model.Errno;
import copper.model.RawPath;
import java.util.Arrays;

/**
 * How storage walks a path to the file it names: as the kernel does for every program, or without
 * following a symbolic link on the way.
 *
 * <p>Who may ask for any path below a directory, and can make links there or has them made, could
 * otherwise ask for everything on the machine. Safe on any thread, each with a scratch of its own.
 */
abstract class PathWalk {
  private final Posix posix;

  private PathWalk(Posix posix) {
    this.posix = posix;
  }

  /** Returns the walk on which links are followed, but for the last component. */
  static PathWalk following(Posix posix) {
    return new Following(posix);
  }

  /** Returns the walk on which what lies behind a link is ENOENT. */
  static PathWalk withoutLinks(Posix posix) {
    return withoutLinks(posix, hasOpenat2(posix));
  }

  /** As {@link #withoutLinks(Posix)}; {@code openat2} tells whether the kernel has that call. */
  static PathWalk withoutLinks(Posix posix, boolean openat2) {
    return new WithoutLinks(posix, openat2);
  }

  /** Linux before 5.6 does not know the call, and some containers forbid what they do not know. */
  private static boolean hasOpenat2(Posix posix) {
    try {
      Scratch scratch = new Scratch(posix);
      posix.close(posix.openat2(scratch.path(RawPath.ROOT), scratch.how(LinuxAbi.O_PATH, 0)));
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  final Posix posix() {
    return posix;
  }

  /** Opens {@code path} and returns the descriptor, the caller's to close. */
  abstract int open(Scratch scratch, RawPath path, int flags) throws ErrnoException;

  /** Puts the struct statx of {@code path}, itself not followed, into the record memory. */
  abstract void lstatx(Scratch scratch, RawPath path) throws ErrnoException;

  /** Reads a link's target into the I/O memory and returns its length, cut at that memory's. */
  abstract int readlink(Scratch scratch, RawPath path) throws ErrnoException;

  private static final class Following extends PathWalk {
    private Following(Posix posix) {
      super(posix);
    }

    @Override
    int open(Scratch scratch, RawPath path, int flags) throws ErrnoException {
      return posix().open(scratch.path(path), flags);
    }

    @Override
    void lstatx(Scratch scratch, RawPath path) throws ErrnoException {
      posix().lstatx(scratch.path(path), scratch.recordAddress());
    }

    @Override
    int readlink(Scratch scratch, RawPath path) throws ErrnoException {
      return posix().readlink(scratch.path(path), scratch.ioAddress(), Scratch.IO_SIZE);
    }
  }

  private static final class WithoutLinks extends PathWalk {
    private final boolean openat2;

    private WithoutLinks(Posix posix, boolean openat2) {
      super(posix);
      this.openat2 = openat2;
    }

    @Override
    int open(Scratch scratch, RawPath path, int flags) throws ErrnoException {
      return openat2 ? openInOneStep(scratch, path, flags) : openAndLook(scratch, path, flags);
    }

    private int openInOneStep(Scratch scratch, RawPath path, int flags) throws ErrnoException {
      try {
        long how = scratch.how(flags | LinuxAbi.O_CLOEXEC, LinuxAbi.RESOLVE_NO_SYMLINKS);
        return posix().openat2(scratch.path(path), how);
      } catch (ErrnoException e) {
        // With these flags a link at the end is no ELOOP, so there is one on the way.
        boolean onTheWay = (flags & (LinuxAbi.O_PATH | posix().abi().directory())) != 0;
        throw e.errno() == Errno.ELOOP && onTheWay ? new ErrnoException(Errno.ENOENT) : e;
      }
    }

    /**
     * Opens, and asks the kernel by what path without links it has come to where it is: first of
     * all with a descriptor that opens nothing of the file.
     */
    private int openAndLook(Scratch scratch, RawPath path, int flags) throws ErrnoException {
      if ((flags & LinuxAbi.O_PATH) == 0) {
        posix().close(openPlace(scratch, path));
      }
      int fd = posix().open(scratch.path(path), flags);
      try {
        int length = posix().readlink(scratch.descriptor(fd), scratch.ioAddress(), Scratch.IO_SIZE);
        byte[] real = new byte[length];
        scratch.io().get(0, real);
        if (!Arrays.equals(real, path.toBytes())) {
          throw new ErrnoException(Errno.ENOENT);
        }
        return fd;
      } catch (ErrnoException e) {
        posix().close(fd);
        throw e;
      }
    }

    private int openPlace(Scratch scratch, RawPath path) throws ErrnoException {
      return open(scratch, path, LinuxAbi.O_PATH | posix().abi().nofollow());
    }

    @Override
    void lstatx(Scratch scratch, RawPath path) throws ErrnoException {
      int fd = openPlace(scratch, path);
      try {
        posix().fstatx(fd, scratch.emptyPath(), scratch.recordAddress());
      } finally {
        posix().close(fd);
      }
    }

    @Override
    int readlink(Scratch scratch, RawPath path) throws ErrnoException {
      int fd = openPlace(scratch, path);
      try {
        return posix().freadlink(fd, scratch.emptyPath(), scratch.ioAddress(), Scratch.IO_SIZE);
      } catch (ErrnoException e) {
        // The kernel's word for "no link" where no path is given (readlinkat(2)).
        throw e.errno() == Errno.ENOENT ? new ErrnoException(Errno.EINVAL) : e;
      } finally {
        posix().close(fd);
      }
    }
  }
}
