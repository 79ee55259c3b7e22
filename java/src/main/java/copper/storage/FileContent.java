package copper.storage;

import java.nio.ByteBuffer;

/**
 * Reads a stretch of an open file into a direct buffer of exactly the bytes that were there.
 *
 * <p>The file's length is only a first guess at the buffer's: files grow and shrink while they are
 * read, and some (in /proc) say 0. Reading goes on to the end of the file, which is where a read
 * brings nothing.
 */
final class FileContent {
  private final Posix posix;
  private final Scratch scratch;
  private final OpenFile file;
  private final long offset;
  private ByteBuffer data;

  private FileContent(Posix posix, Scratch scratch, OpenFile file, long offset, int expected) {
    this.posix = posix;
    this.scratch = scratch;
    this.file = file;
    this.offset = offset;
    this.data = ByteBuffer.allocateDirect(expected);
  }

  /**
   * Returns what {@code file} holds from {@code offset} on, {@code max} bytes at most.
   *
   * @return direct, position 0, capacity as long as its content
   * @throws OutOfMemoryError when the JVM has no direct memory left
   */
  static ByteBuffer read(Posix posix, Scratch scratch, OpenFile file, long offset, int max)
      throws ErrnoException {
    long ahead = Math.max(0, file.size() - offset);
    FileContent content = new FileContent(posix, scratch, file, offset, (int) Math.min(ahead, max));
    content.fill(max);
    return content.trimmed();
  }

  private void fill(int max) throws ErrnoException {
    while (readUntilFull() && data.capacity() < max) {
      int more = file.pread(scratch.ioAddress(), probe(max), offset + data.position());
      if (more == 0) {
        return;
      }
      grow(data.position() + more, max);
      data.put(scratch.io().slice(0, more));
    }
  }

  /** Returns how many bytes to ask for beyond a full buffer, to see whether this is the end. */
  private int probe(int max) {
    return Math.min(Scratch.IO_SIZE, max - data.capacity());
  }

  /** Returns false when the end of the file came first. */
  private boolean readUntilFull() throws ErrnoException {
    while (data.hasRemaining()) {
      int at = data.position();
      int count = file.pread(posix.address(data), data.remaining(), offset + at);
      if (count == 0) {
        return false;
      }
      data.position(at + count);
    }
    return true;
  }

  private void grow(int atLeast, int max) {
    int doubled = (int) Math.min(max, 2L * data.capacity());
    resize(Math.max(atLeast, doubled));
  }

  private ByteBuffer trimmed() {
    if (data.hasRemaining()) {
      resize(data.position());
    }
    return data.flip();
  }

  private void resize(int capacity) {
    ByteBuffer resized = ByteBuffer.allocateDirect(capacity);
    data = resized.put(data.flip());
  }
}
