package copper.fuse.jnr;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.IgnoreError;
import jnr.ffi.annotations.In;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;

/**
 * The functions of libfuse 2.9 (fuse.h, fuse_lowlevel.h) that jnr-fuse does not offer: those that
 * let us run the session loop on threads of our own and tell the kernel what to forget.
 */
public interface LibFuse2 {
  /**
   * Mounts and makes the file system; null, and a message on the standard error, on failure. Copies
   * the operations.
   *
   * <p>fuse_mount and fuse_new would be enough, but libfuse exports several versions of fuse_new,
   * and a lookup by bare name finds the oldest.
   *
   * @param mountPoint receives the mount point, a string that libfuse allocated
   * @param multithreaded receives whether -s was absent
   */
  Pointer fuse_setup(
      int count,
      Pointer arguments,
      Pointer operations,
      @size_t long size,
      Pointer mountPoint,
      Pointer multithreaded,
      Pointer data);

  /** Destroys what fuse_setup made, its session and its channel; unmounts nothing. */
  @IgnoreError
  void fuse_destroy(Pointer fuse);

  /** Returns the session of a file system; it belongs to it. */
  @IgnoreError
  Pointer fuse_get_session(Pointer fuse);

  /**
   * Returns the channel that follows {@code channel}, the first one for null; it belongs to the
   * session.
   */
  @IgnoreError
  Pointer fuse_session_next_chan(Pointer session, Pointer channel);

  /** Answers requests until the session ends; 0, or -1 on error. */
  @IgnoreError
  int fuse_session_loop(Pointer session);

  /** Makes the kernel forget an inode's attributes, and its pages from {@code offset} on. */
  @IgnoreError
  int fuse_lowlevel_notify_inval_inode(
      Pointer channel, long inode, @off_t long offset, @off_t long length);

  /** Makes the kernel forget a directory entry, one that is missing too. */
  @IgnoreError
  int fuse_lowlevel_notify_inval_entry(
      Pointer channel, long parent, @In byte[] name, @size_t long length);
}
