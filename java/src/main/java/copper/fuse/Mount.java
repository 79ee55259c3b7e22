package copper.fuse;

import copper.control.KernelCache;
import copper.metrics.Pending;
import java.util.List;

/** A mounted file system: answers the kernel on threads of its own until it is unmounted. */
public interface Mount extends KernelCache, AutoCloseable {
  /**
   * Waits until the file system is unmounted, by {@link #close} or by anyone.
   *
   * @throws InterruptedException if this thread is interrupted first
   */
  void awaitEnd() throws InterruptedException;

  /** Returns the requests of the kernel that have no answer yet, in no order. */
  List<Pending> pending();

  /** Tells whether somebody waits for the kernel's requests; a mount where nobody does hangs. */
  boolean isServed();

  /**
   * Unmounts and waits, a few seconds at most, for requests under way. A mount that is in use is
   * taken out of the tree at once, and those who use it get ENOTCONN when this process ends.
   * Closing twice does nothing.
   */
  @Override
  void close();
}
