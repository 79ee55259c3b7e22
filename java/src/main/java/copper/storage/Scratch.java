package copper.storage;

import copper.model.Errno;
import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The native memory one thread lends to its system calls, so that a call allocates none.
 *
 * <p>Used by one thread only, and what a call leaves in it is good until that thread's next call.
 * The memory goes when the garbage collector finds the thread or the storage gone.
 */
final class Scratch {
  /** Bytes of {@link #io}: one getdents64 call brings some 2,000 names. */
  static final int IO_SIZE = 64 * 1024;

  /** The longest path the kernel takes, NUL included (linux/limits.h). */
  private static final int PATH_MAX = 4096;

  /** What small things need: an empty string, a struct open_how, the name of a descriptor. */
  private static final int SMALL_SIZE = 64;

  private static final int HOW = 8;
  private static final int DESCRIPTOR = 32;

  /** Bytes of the largest structure, struct statx. */
  private static final int RECORD_SIZE = 256;

  private final ByteBuffer path = ByteBuffer.allocateDirect(PATH_MAX);
  private final long pathAddress;
  private final ByteBuffer record = allocate(RECORD_SIZE);
  private final long recordAddress;
  private final ByteBuffer io = allocate(IO_SIZE);
  private final long ioAddress;
  private final ByteBuffer small = allocate(SMALL_SIZE);
  private final long smallAddress;

  Scratch(Posix posix) {
    pathAddress = posix.address(path);
    recordAddress = posix.address(record);
    ioAddress = posix.address(io);
    smallAddress = posix.address(small);
  }

  private static ByteBuffer allocate(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  /**
   * Puts {@code text} into the memory as a C string and returns its address.
   *
   * @throws ErrnoException ENAMETOOLONG, as the kernel answers, if it is too long for any call
   */
  long path(RawPath text) throws ErrnoException {
    if (text.length() >= PATH_MAX) {
      throw new ErrnoException(Errno.ENAMETOOLONG);
    }
    path.put(0, text.toCString());
    return pathAddress;
  }

  /** Returns the address of an empty C string. */
  long emptyPath() {
    return smallAddress;
  }

  /** Puts a struct open_how (linux/openat2.h) into the memory and returns its address. */
  long how(long flags, long resolve) {
    small.putLong(HOW, flags).putLong(HOW + 8, 0).putLong(HOW + 16, resolve);
    return smallAddress + HOW;
  }

  /**
   * Puts the name of the descriptor {@code fd} in /proc into the memory and returns its address.
   */
  long descriptor(int fd) {
    small.put(DESCRIPTOR, ("/proc/self/fd/" + fd + "\0").getBytes(StandardCharsets.US_ASCII));
    return smallAddress + DESCRIPTOR;
  }

  /** Returns memory for one structure, in the machine's byte order. */
  ByteBuffer record() {
    return record;
  }

  long recordAddress() {
    return recordAddress;
  }

  /** Returns memory of {@link #IO_SIZE} bytes, in the machine's byte order. */
  ByteBuffer io() {
    return io;
  }

  long ioAddress() {
    return ioAddress;
  }
}
