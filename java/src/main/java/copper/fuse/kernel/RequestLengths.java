package copper.fuse.kernel;

import java.nio.ByteBuffer;

/**
 * Whether a request is as long as its kind, and what it names, demand.
 *
 * <p>The kernel makes no mistakes there; but memory that was read for another request must not be
 * taken for a part of this one, nor a number out of it for a length.
 */
final class RequestLengths {
  /** More than the kernel asks for in one request, with pages of 64 KiB too. */
  private static final int LARGEST_PIECE = 16 << 20;

  private static final int FORGET_ONE = 16;
  private static final int READ_BODY = 40;
  private static final int IOCTL_BODY = 32;

  private RequestLengths() {}

  /** Tells whether the request of {@code length} bytes in {@code memory} is one. */
  static boolean fits(ByteBuffer memory, int length) {
    if (memory.getInt(Fuse.IN_LENGTH) != length) {
      return false;
    }
    int body = length - Fuse.IN_HEADER;
    return switch (memory.getInt(Fuse.IN_OPCODE)) {
      case Fuse.LOOKUP -> isName(memory, length);
      case Fuse.FORGET, Fuse.INTERRUPT, Fuse.GETATTR -> body >= Long.BYTES;
      case Fuse.BATCH_FORGET -> body >= Long.BYTES && hasAll(memory, body - Long.BYTES);
      case Fuse.READ, Fuse.READDIR, Fuse.READDIRPLUS -> body >= READ_BODY && isPiece(memory);
      case Fuse.IOCTL -> body >= IOCTL_BODY;
      default -> true;
    };
  }

  private static boolean hasAll(ByteBuffer memory, int bytes) {
    int count = memory.getInt(Fuse.IN_HEADER);
    return count >= 0 && count <= bytes / FORGET_ONE;
  }

  private static boolean isPiece(ByteBuffer memory) {
    long offset = memory.getLong(Fuse.IN_HEADER + 8);
    int size = memory.getInt(Fuse.IN_HEADER + 16);
    boolean directory = memory.getInt(Fuse.IN_OPCODE) != Fuse.READ;
    return size >= 0
        && size <= LARGEST_PIECE
        && (directory || (offset >= 0 && offset <= Long.MAX_VALUE - size));
  }

  /** A name ends in the one NUL it has, and has no slash. */
  private static boolean isName(ByteBuffer memory, int length) {
    if (length - Fuse.IN_HEADER < 2 || memory.get(length - 1) != 0) {
      return false;
    }
    for (int i = Fuse.IN_HEADER; i < length - 1; i++) {
      if (memory.get(i) == 0 || memory.get(i) == '/') {
        return false;
      }
    }
    return true;
  }
}
