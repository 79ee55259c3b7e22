package copper.fuse.kernel;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** The other end of a device: keeps every message that is written to it. */
final class FakeKernel implements Calls {
  private final Device device = new Device(this, 99);
  private final List<ByteBuffer> messages = new ArrayList<>();
  private boolean refusing;

  Device device() {
    return device;
  }

  /** Makes every write fail from now on, as when nobody waits for the answer any more. */
  void refuse() {
    refusing = true;
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
    return 0;
  }

  @Override
  public int open(byte[] path, int flags) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long read(int fd, long buffer, long length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int poll(long descriptors, long count, int milliseconds) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int ioctl(int fd, long request, long argument) {
    throw new UnsupportedOperationException();
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
