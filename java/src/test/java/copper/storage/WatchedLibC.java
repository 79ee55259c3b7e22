package copper.storage;

import java.util.HashSet;
import java.util.Set;
import jnr.ffi.LastError;
import jnr.ffi.Runtime;

/** The C library with a watch on open descriptors; tests override what shall go wrong. */
class WatchedLibC implements Posix.LibC {
  private final Posix.LibC real = Posix.loadLibC();
  private final Set<Integer> open = new HashSet<>();

  /** Makes the call fail with {@code errno}. */
  static int fail(int errno) {
    LastError.setLastError(Runtime.getSystemRuntime(), errno);
    return -1;
  }

  /** Returns the descriptors that were opened and not closed. */
  Set<Integer> open() {
    return open;
  }

  @Override
  public int statx(int directory, long path, int flags, int mask, long result) {
    return real.statx(directory, path, flags, mask, result);
  }

  @Override
  public int open(long path, int flags) {
    int fd = real.open(path, flags);
    if (fd >= 0) {
      open.add(fd);
    }
    return fd;
  }

  @Override
  public int close(int fd) {
    if (!open.remove(fd)) {
      throw new IllegalStateException("closed twice or never opened: " + fd);
    }
    return real.close(fd);
  }

  @Override
  public long pread(int fd, long buffer, long length, long offset) {
    return real.pread(fd, buffer, length, offset);
  }

  @Override
  public long readlink(long path, long buffer, long length) {
    return real.readlink(path, buffer, length);
  }

  @Override
  public long readlinkat(int directory, long path, long buffer, long length) {
    return real.readlinkat(directory, path, buffer, length);
  }

  @Override
  public int fstatvfs(int fd, long result) {
    return real.fstatvfs(fd, result);
  }

  @Override
  public int fstatfs(int fd, long result) {
    return real.fstatfs(fd, result);
  }

  @Override
  public long syscall(long number, long first, long second, long third) {
    return real.syscall(number, first, second, third);
  }

  @Override
  public long syscall(long number, long first, long second, long third, long fourth) {
    long result = real.syscall(number, first, second, third, fourth);
    if (number == LinuxAbi.OPENAT2 && result >= 0) {
      open.add((int) result);
    }
    return result;
  }
}
