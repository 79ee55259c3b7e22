package copper.control;

import copper.model.RawPath;

/** What the kernel remembers of our file system: entries, attributes, missing names and pages. */
public interface KernelCache {
  /**
   * Makes the kernel forget everything it was told before this call, and returns when it has.
   *
   * <p>Blocks, and must not be called on a thread that answers the kernel.
   */
  void invalidateAll();

  /**
   * Makes the kernel forget the attributes and pages of the file {@code path}, below the mount
   * point, and returns when it has; as {@link #invalidateAll} otherwise.
   */
  void invalidate(RawPath path);
}
