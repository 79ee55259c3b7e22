package copper.fuse.kernel;

import copper.model.Errno;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.LastError;
import jnr.ffi.Runtime;

/**
 * An open /dev/fuse that belongs to a mount: requests are read from it, and the answer to a request
 * must be written to the device it was read from.
 *
 * <p>Owns its descriptor. Reading is for one thread at a time, writing for any.
 */
final class Device implements AutoCloseable {
  private static final byte[] PATH = "/dev/fuse\0".getBytes(StandardCharsets.US_ASCII);

  /** O_RDWR and O_CLOEXEC, the same on x86-64 and aarch64. */
  private static final int FLAGS = 2 | 02000000;

  /** FUSE_DEV_IOC_CLONE: _IOR(229, 0, uint32_t). */
  private static final long CLONE = 0x8004e500L;

  private static final short POLLIN = 1;

  private final Calls calls;
  private final int fd;

  /** A struct pollfd: the descriptor, the events looked for and those that are there. */
  private final NativeMemory poll = NativeMemory.allocate(8);

  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Takes the ownership of {@code fd}. */
  Device(Calls calls, int fd) {
    this.calls = calls;
    this.fd = fd;
    poll.bytes().putInt(0, fd).putShort(4, POLLIN);
  }

  /** Opens /dev/fuse for a new mount; the result is a descriptor, or the negative errno. */
  static int open(Calls calls) {
    int fd = calls.open(PATH, FLAGS);
    return fd >= 0 ? fd : -lastError();
  }

  /**
   * Returns another device of the same mount, so that two threads do not queue for one; this one
   * itself where that cannot be had.
   */
  Device another() {
    int clone = open(calls);
    if (clone < 0) {
      return this;
    }
    NativeMemory argument = NativeMemory.allocate(Integer.BYTES);
    argument.bytes().putInt(0, fd);
    if (calls.ioctl(clone, CLONE, argument.address()) != 0) {
      calls.close(clone);
      return this;
    }
    return new Device(calls, clone);
  }

  /** Tells whether a request waits to be read, or the mount has ended; for its reader alone. */
  boolean isReadable() {
    return calls.poll(poll.address(), 1, 0) != 0;
  }

  /** Waits for a request and reads it; returns its length, or the negative errno. */
  int read(NativeMemory memory) {
    long length = calls.read(fd, memory.address(), memory.bytes().capacity());
    return length >= 0 ? (int) length : -lastError();
  }

  /** Writes one message; returns 0, or the errno: ENOENT if nobody waits for the answer. */
  int write(long address, int length) {
    return calls.write(fd, address, length) >= 0 ? 0 : lastError();
  }

  /** Writes one message of the pieces that {@code vector} names; returns as {@link #write}. */
  int write(NativeMemory vector, int pieces) {
    return calls.writev(fd, vector.address(), pieces) >= 0 ? 0 : lastError();
  }

  /** Notes that a request read from here will be answered later. */
  void await() {
    unanswered.incrementAndGet();
  }

  /** Notes that such a request has been answered. */
  void answered() {
    unanswered.decrementAndGet();
  }

  /** Tells whether requests that were read from here wait; closed now, they would fail. */
  boolean isAwaited() {
    return unanswered.get() > 0;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      calls.close(fd);
    }
  }

  static int lastError() {
    int errno = LastError.getLastError(Runtime.getSystemRuntime());
    return errno > 0 ? errno : Errno.EIO;
  }
}
