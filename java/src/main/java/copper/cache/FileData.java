package copper.cache;

import java.nio.ByteBuffer;

/**
 * How a cache of file data looks at its keys and values.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values, each of which is some bytes and a number
 */
public interface FileData<K, V> {
  /** Returns about how many bytes the value of {@code key} will have. */
  long expected(K key);

  /** Returns the bytes of {@code value}, from position 0 to the limit; they must not be changed. */
  ByteBuffer data(V value);

  /** Returns what else there is to {@code value}, such as a checksum. */
  long tag(V value);

  /** Makes a value; the buffer is transferred. */
  V of(ByteBuffer data, long tag);

  /** Returns {@code value} with its bytes outside the Java heap. */
  default V offHeap(V value) {
    ByteBuffer data = data(value);
    return data.isDirect() ? value : of(copy(data), tag(value));
  }

  /** Returns a copy, outside the Java heap, of what remains of {@code data}. */
  static ByteBuffer copy(ByteBuffer data) {
    return ByteBuffer.allocateDirect(data.remaining()).put(data.duplicate()).flip();
  }

  /** Returns the bytes of memory that a buffer of {@code length} bytes takes beside its value. */
  static long overhead(int length) {
    // The buffer, a view of it and what frees it, on the heap; malloc's header. Longer ones are
    // pages of their own.
    return length >= MAPPED ? 224 + PAGE / 2 : 240;
  }

  /** From this length on, the C library takes memory in pages: see bin/launcher.sh. */
  int MAPPED = 128 << 10;

  /** A page, in bytes. */
  int PAGE = 4096;
}
