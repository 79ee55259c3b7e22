package copper.fuse.kernel;

import copper.model.Errno;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.LastError;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** The other end of a device: hands out requests, and keeps every message that is written to it. */
final class FakeKernel implements Calls {
  private static final int FIRST = 99;

  /** Stands for the end of the mount; there as often as somebody asks. */
  private static final int END = -1;

  private final Device device = new Device(this, FIRST);
  private final BlockingQueue<Integer> requests = new LinkedBlockingQueue<>();
  private final AtomicInteger descriptors = new AtomicInteger(FIRST);
  private final Set<Integer> open = ConcurrentHashMap.newKeySet();
  private final List<ByteBuffer> messages = new ArrayList<>();
  private boolean refusing;

  Device device() {
    return device;
  }

  /** Makes every write fail from now on, as when nobody waits for the answer any more. */
  void refuse() {
    refusing = true;
  }

  /** Has a request of four bytes read, which are {@code number}. */
  void request(int number) {
    requests.add(number);
  }

  /** Ends the mount; requests that nobody has read yet are not read any more. */
  void unmount() {
    requests.clear();
    requests.add(END);
  }

  /** Returns how many devices are open beside the first. */
  int clones() {
    return open.size();
  }

  /** Returns the messages so far and forgets them. */
  synchronized List<ByteBuffer> take() {
    List<ByteBuffer> taken = new ArrayList<>(messages);
    messages.clear();
    return taken;
  }

  private synchronized long keep(byte[] message) {
    if (refusing) {
      return -1;
    }
    messages.add(ByteBuffer.wrap(message).order(ByteOrder.nativeOrder()));
    return message.length;
  }

  private static byte[] bytes(long address, long length) {
    byte[] bytes = new byte[(int) length];
    Pointer.wrap(Runtime.getSystemRuntime(), address, length).get(0, bytes, 0, bytes.length);
    return bytes;
  }

  @Override
  public long write(int fd, long buffer, long length) {
    return keep(bytes(buffer, length));
  }

  @Override
  public long writev(int fd, long vector, int count) {
    ByteBuffer pieces = ByteBuffer.wrap(bytes(vector, 16L * count)).order(ByteOrder.nativeOrder());
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      message.writeBytes(bytes(pieces.getLong(16 * i), pieces.getLong(16 * i + 8)));
    }
    return keep(message.toByteArray());
  }

  @Override
  public int close(int fd) {
    open.remove(fd);
    return 0;
  }

  @Override
  public int open(byte[] path, int flags) {
    int fd = descriptors.incrementAndGet();
    open.add(fd);
    return fd;
  }

  @Override
  public long read(int fd, long buffer, long length) {
    try {
      int number = requests.take();
      if (number == END) {
        requests.add(END);
        LastError.setLastError(Runtime.getSystemRuntime(), Errno.ENODEV);
        return -1;
      }
      Pointer.wrap(Runtime.getSystemRuntime(), buffer, length).putInt(0, number);
      return Integer.BYTES;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public int poll(long looked, long count, int milliseconds) {
    return requests.isEmpty() ? 0 : 1;
  }

  @Override
  public int ioctl(int fd, long request, long argument) {
    return 0;
  }

  @Override
  public int mount(byte[] source, byte[] target, byte[] type, long flags, byte[] data) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int socketpair(int domain, int type, int protocol, long descriptors) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int pipe2(long descriptors, int flags) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long recvmsg(int socket, long message, int flags) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int posix_spawn_file_actions_init(long actions) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int posix_spawn_file_actions_adddup2(long actions, int from, int to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int posix_spawn_file_actions_destroy(long actions) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int posix_spawnp(
      long pid, byte[] file, long actions, long attributes, long arguments, long environment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int waitpid(int pid, long status, int options) {
    throw new UnsupportedOperationException();
  }
}
