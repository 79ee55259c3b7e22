package copper.storage;

/**
 * A thread that may wait for storage: the work to be done there need not be handed to another one.
 *
 * <p>The threads of a {@link StoragePool} are such, and those that answer the kernel; the
 * transport's are not.
 */
public interface MayBlock {
  /**
   * Prepares this thread for waiting: what only it would do meanwhile, it hands over. False where
   * nobody can take that, so that it must not wait.
   */
  default boolean prepareToBlock() {
    return true;
  }

  /** Tells whether the current thread is one; it is then prepared to wait at once. */
  static boolean here() {
    return Thread.currentThread() instanceof MayBlock thread && thread.prepareToBlock();
  }
}
