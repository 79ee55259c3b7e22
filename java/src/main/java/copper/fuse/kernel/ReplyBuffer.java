package copper.fuse.kernel;

import copper.model.FileStat;
import copper.model.FileSystemStat;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * The memory in which a thread puts an answer together, and from which it is written at once.
 *
 * <p>An answer is begun, its body is put behind the header, and it is sent. Data that lies outside
 * the heap is written from where it is. For one thread, or by turns.
 */
final class ReplyBuffer {
  private static final int SMALLEST = 4 << 10;

  /** struct iovec: an address and a length. */
  private static final int IOVEC = 16;

  private final NativeMemory vector = NativeMemory.allocate(2 * IOVEC);
  private NativeMemory memory = NativeMemory.allocate(SMALLEST);
  private ByteBuffer out = memory.bytes();
  private int end;

  /** Begins an answer whose body is at most {@code most} bytes long. */
  void begin(int most) {
    if (out.capacity() < Fuse.OUT_HEADER + most) {
      memory = NativeMemory.allocate(Fuse.OUT_HEADER + most);
      out = memory.bytes();
    }
    end = Fuse.OUT_HEADER;
  }

  /** Returns the length of the body so far. */
  int length() {
    return end - Fuse.OUT_HEADER;
  }

  private void putShort(int value) {
    out.putShort(end, (short) value);
    end += Short.BYTES;
  }

  void putInt(int value) {
    out.putInt(end, value);
    end += Integer.BYTES;
  }

  void putLong(long value) {
    out.putLong(end, value);
    end += Long.BYTES;
  }

  void putByte(byte value) {
    out.put(end++, value);
  }

  void putBytes(byte[] bytes) {
    out.put(end, bytes);
    end += bytes.length;
  }

  /** Puts zeros up to the next multiple of eight, where structures begin. */
  void align() {
    while ((end & 7) != 0) {
      putByte((byte) 0);
    }
  }

  /** Takes the body back to its first {@code length} bytes. */
  void truncate(int length) {
    end = Fuse.OUT_HEADER + length;
  }

  /** Puts a struct fuse_init_out. */
  void putInit(Negotiation features, KernelOptions options) {
    putInt(Fuse.MAJOR);
    putInt(features.minor());
    putInt(options.maxReadahead());
    putInt((int) features.flags());
    putShort(options.maxBackground());
    putShort(options.congestionThreshold());
    putInt(Negotiation.MAX_WRITE);
    putInt(1); // times are exact to the nanosecond
    putShort(features.maxPages());
    putShort(0); // no mapping of files
    putInt((int) (features.flags() >>> 32));
    for (int i = 0; i < 7; i++) {
      putInt(0);
    }
  }

  /** Puts a struct fuse_entry_out. */
  void putEntry(long node, Timeouts timeouts, FileStat stat, long inode) {
    putLong(node);
    putLong(0); // the generation: an id is never used for two files
    putLong(timeouts.entry().toSeconds());
    putLong(timeouts.attributes().toSeconds());
    putInt(timeouts.entry().toNanosPart());
    putInt(timeouts.attributes().toNanosPart());
    putAttributes(stat, inode);
  }

  /** Puts a struct fuse_entry_out that says only how long a name is missing, or nothing. */
  void putNoEntry(Duration time) {
    int start = end;
    for (int i = 0; i < Fuse.ENTRY + Fuse.ATTR; i += Long.BYTES) {
      putLong(0);
    }
    out.putLong(start + 16, time.toSeconds());
    out.putInt(start + 32, time.toNanosPart());
  }

  /** Puts a struct fuse_attr_out. */
  void putAttributesOut(Duration time, FileStat stat, long inode) {
    putLong(time.toSeconds());
    putInt(time.toNanosPart());
    putInt(0);
    putAttributes(stat, inode);
  }

  private void putAttributes(FileStat stat, long inode) {
    putLong(inode);
    putLong(stat.size());
    putLong(stat.blocks());
    putLong(stat.atimeSeconds());
    putLong(stat.mtimeSeconds());
    putLong(stat.ctimeSeconds());
    putInt((int) stat.atimeNanos());
    putInt((int) stat.mtimeNanos());
    putInt((int) stat.ctimeNanos());
    putInt(stat.mode());
    putInt((int) Math.min(stat.nlink(), 0xffffffffL));
    putInt(stat.uid());
    putInt(stat.gid());
    putInt((int) stat.rdev());
    putInt((int) stat.blksize());
    putInt(0);
  }

  /** Puts a struct fuse_statfs_out. */
  void putSpace(FileSystemStat space) {
    putLong(space.blocks());
    putLong(space.blocksFree());
    putLong(space.blocksAvailable());
    putLong(space.files());
    putLong(space.filesFree());
    putInt((int) space.blockSize());
    putInt((int) space.nameMax());
    putInt((int) space.fragmentSize());
    for (int i = 0; i < 7; i++) {
      putInt(0);
    }
  }

  /** Sends what was begun as the answer to {@code unique}; returns 0 or the errno. */
  int send(Device device, long unique) {
    putHeader(end, 0, unique);
    return device.write(memory.address(), end);
  }

  /** Sends an answer of {@code error}, an errno or 0, alone; returns 0 or the errno. */
  int sendError(Device device, long unique, int error) {
    putHeader(Fuse.OUT_HEADER, -error, unique);
    return device.write(memory.address(), Fuse.OUT_HEADER);
  }

  /** Sends what was begun as the notification {@code code}; returns 0 or the errno. */
  int sendNotification(Device device, int code) {
    putHeader(end, code, 0);
    return device.write(memory.address(), end);
  }

  /** Sends {@code data}, which is only read, as the answer to {@code unique}. */
  int sendData(Device device, long unique, ByteBuffer data) {
    begin(data.isDirect() ? 0 : data.remaining());
    return sendWith(device, 0, unique, data);
  }

  /** Sends {@code data}, which is only read, as the first bytes of the pages of {@code node}. */
  int sendPages(Device device, long node, ByteBuffer data) {
    begin(Fuse.STORE_OUT + (data.isDirect() ? 0 : data.remaining()));
    putLong(node);
    putLong(0); // from the start
    putInt(data.remaining());
    putInt(0);
    return sendWith(device, Fuse.NOTIFY_STORE, 0, data);
  }

  /** Sends what was begun, with {@code data} behind it. */
  private int sendWith(Device device, int error, long unique, ByteBuffer data) {
    int length = data.remaining();
    putHeader(end + length, error, unique);
    if (!data.isDirect()) {
      out.put(end, data, data.position(), length);
      return device.write(memory.address(), end + length);
    }
    try {
      ByteBuffer pieces = vector.bytes();
      pieces.putLong(0, memory.address());
      pieces.putLong(8, end);
      pieces.putLong(IOVEC, length == 0 ? 0 : NativeMemory.addressOf(data));
      pieces.putLong(IOVEC + 8, length);
      return device.write(vector, length == 0 ? 1 : 2);
    } finally {
      Reference.reachabilityFence(data);
    }
  }

  private void putHeader(int length, int error, long unique) {
    out.putInt(Fuse.OUT_LENGTH, length);
    out.putInt(Fuse.OUT_ERROR, error);
    out.putLong(Fuse.OUT_UNIQUE, unique);
  }
}
