package copper.storage;

/**
 * A thread that may wait for storage: the work to be done there need not be handed to another one.
 *
 * <p>The threads of a {@link StoragePool} are such, and those that answer the kernel; the
 * transport's are not.
 */
public interface MayBlock {
  /** Tells whether the current thread is one. */
  static boolean here() {
    return Thread.currentThread() instanceof MayBlock;
  }
}
