package copper.storage;

import copper.model.Errno;
import java.nio.ByteBuffer;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * The system calls that storage makes, with an interrupted call made again and every other failure
 * turned into an {@link ErrnoException}.
 *
 * <p>Addresses are raw: jnr-ffi passes a plain long several times faster than an array or a buffer,
 * and whoever calls keeps the memory behind it alive. Safe on any thread.
 */
final class Posix {
  /** Paths are relative to the working directory (AT_FDCWD in linux/fcntl.h). */
  private static final int AT_FDCWD = -100;

  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_NO_AUTOMOUNT = 0x800;
  private static final int AT_EMPTY_PATH = 0x1000;

  /** All fields that struct stat has too (linux/stat.h). */
  private static final int STATX_BASIC_STATS = 0x7ff;

  private final LibC libc;
  private final LinuxAbi abi;
  private final Runtime runtime = Runtime.getSystemRuntime();

  Posix(LibC libc, LinuxAbi abi) {
    this.libc = libc;
    this.abi = abi;
  }

  /**
   * Binds this machine's C library.
   *
   * @throws IllegalStateException if it is too old or the processor is not supported
   */
  static Posix load() {
    return new Posix(loadLibC(), LinuxAbi.current());
  }

  /** Binds the functions, all of them now, so that a missing one is found at the start. */
  static LibC loadLibC() {
    try {
      return LibraryLoader.create(LibC.class)
          .option(LibraryOption.LoadNow, true)
          .load(Platform.getNativePlatform().getStandardCLibraryName());
    } catch (UnsatisfiedLinkError e) {
      throw new IllegalStateException(
          "cannot use this system's C library; glibc 2.28 or newer is needed (" + e + ")", e);
    }
  }

  LinuxAbi abi() {
    return abi;
  }

  /** Returns the address of the byte at the position of the direct {@code buffer}. */
  long address(ByteBuffer buffer) {
    return Pointer.wrap(runtime, buffer).address();
  }

  /** Puts the struct statx of the path at {@code path} to {@code result}, as lstat(2) does. */
  void lstatx(long path, long result) throws ErrnoException {
    statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, result);
  }

  /** Puts the struct statx of {@code fd} to {@code result}; {@code empty} is an empty string. */
  void fstatx(int fd, long empty, long result) throws ErrnoException {
    statx(fd, empty, AT_EMPTY_PATH, result);
  }

  private void statx(int directory, long path, int flags, long result) throws ErrnoException {
    int status;
    do {
      status = libc.statx(directory, path, flags, STATX_BASIC_STATS, result);
    } while (interrupted(status));
  }

  /** Opens the path at {@code path} and returns the descriptor, which never outlives an exec. */
  int open(long path, int flags) throws ErrnoException {
    int fd;
    do {
      fd = libc.open(path, flags | LinuxAbi.O_CLOEXEC);
    } while (interrupted(fd));
    return fd;
  }

  /**
   * Opens the path at {@code path} as the struct open_how at {@code how} says (openat2(2), Linux
   * 5.6 and newer).
   */
  int openat2(long path, long how) throws ErrnoException {
    long fd;
    do {
      fd = libc.syscall(LinuxAbi.OPENAT2, AT_FDCWD, path, how, LinuxAbi.OPEN_HOW_SIZE);
    } while (interrupted(fd));
    return (int) fd;
  }

  /**
   * Closes {@code fd}. Nothing can be done about a failure, and after EINTR Linux has closed it all
   * the same (close(2)).
   */
  void close(int fd) {
    libc.close(fd);
  }

  /** Reads from {@code offset} on and returns the number of bytes, 0 at the end. */
  long pread(int fd, long buffer, long length, long offset) throws ErrnoException {
    long count;
    do {
      count = libc.pread(fd, buffer, length, offset);
    } while (interrupted(count));
    return count;
  }

  /** Reads struct linux_dirent64 records and returns their length in bytes, 0 at the end. */
  int getdents64(int fd, long buffer, int length) throws ErrnoException {
    long count;
    do {
      count = libc.syscall(abi.getdents64(), fd, buffer, length);
    } while (interrupted(count));
    return (int) count;
  }

  /** Reads a link's target and returns its length, cut at {@code length}. */
  int readlink(long path, long buffer, int length) throws ErrnoException {
    long count;
    do {
      count = libc.readlink(path, buffer, length);
    } while (interrupted(count));
    return (int) count;
  }

  /** As {@link #readlink} of the link that {@code fd} is; {@code empty} is an empty string. */
  int freadlink(int fd, long empty, long buffer, int length) throws ErrnoException {
    long count;
    do {
      count = libc.readlinkat(fd, empty, buffer, length);
    } while (interrupted(count));
    return (int) count;
  }

  /** Puts the struct statvfs of the file system that holds {@code fd} to {@code result}. */
  void fstatvfs(int fd, long result) throws ErrnoException {
    int status;
    do {
      status = libc.fstatvfs(fd, result);
    } while (interrupted(status));
  }

  /** Puts the struct statfs of the file system that holds {@code fd} to {@code result}. */
  void fstatfs(int fd, long result) throws ErrnoException {
    int status;
    do {
      status = libc.fstatfs(fd, result);
    } while (interrupted(status));
  }

  private boolean interrupted(long result) throws ErrnoException {
    if (result >= 0) {
      return false;
    }
    int errno = LastError.getLastError(runtime);
    if (errno != Errno.EINTR) {
      throw new ErrnoException(errno);
    }
    return true;
  }

  /**
   * The C library's functions; jnr-ffi implements it, and can only where it is public.
   *
   * <p>A result of -1 means failure, with the errno in {@link LastError} of the calling thread.
   * open and syscall are variadic in C; on the processors of {@link LinuxAbi} the integer arguments
   * of both kinds of function travel alike.
   */
  public interface LibC {
    int statx(int directory, long path, int flags, int mask, long result);

    int open(long path, int flags);

    int close(int fd);

    long pread(int fd, long buffer, long length, long offset);

    long readlink(long path, long buffer, long length);

    long readlinkat(int directory, long path, long buffer, long length);

    int fstatvfs(int fd, long result);

    int fstatfs(int fd, long result);

    long syscall(long number, long first, long second, long third);

    long syscall(long number, long first, long second, long third, long fourth);
  }
}
