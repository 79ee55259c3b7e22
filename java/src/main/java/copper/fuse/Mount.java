package copper.fuse;

import copper.control.KernelCache;

/** A mounted file system: answers the kernel on threads of its own until it is unmounted. */
public interface Mount extends KernelCache, AutoCloseable {
  /**
   * Waits until the file system is unmounted, by {@link #close} or by anyone.
   *
   * @throws InterruptedException if this thread is interrupted first
   */
  void awaitEnd() throws InterruptedException;

  /**
   * Unmounts and waits, a few seconds at most, for requests under way. A mount that is in use is
   * taken out of the tree at once, and those who use it get ENOTCONN when this process ends.
   * Closing twice does nothing.
   */
  @Override
  void close();
}
