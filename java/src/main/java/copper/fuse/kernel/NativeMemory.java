package copper.fuse.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * Memory outside the heap with its address, in the machine's byte order; it goes when the garbage
 * collector finds this object gone.
 *
 * @param bytes the whole of it; used with absolute positions
 * @param address of its first byte
 */
record NativeMemory(ByteBuffer bytes, long address) {
  /** Allocates {@code size} bytes, all zero. */
  static NativeMemory allocate(int size) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    return new NativeMemory(bytes, addressOf(bytes));
  }

  /** Returns the address of the byte at the position of the direct {@code buffer}. */
  static long addressOf(ByteBuffer buffer) {
    return Pointer.wrap(Runtime.getSystemRuntime(), buffer).address();
  }
}
