package copper.fuse.jnr;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.Delegate;

/**
 * The types of the callbacks in {@code struct fuse_operations}, with bare pointers.
 *
 * <p>jnr-fuse's own callback types decode each path to a String and wrap each struct, which costs
 * three microseconds a call and breaks names that are not UTF-8.
 */
final class Callbacks {
  private Callbacks() {}

  /** getattr and statfs: a path and a struct to fill. */
  public interface Fill {
    @Delegate
    int call(Pointer path, Pointer struct);
  }

  /** readlink: a path and a buffer with its size. */
  public interface Readlink {
    @Delegate
    int call(Pointer path, Pointer buffer, long size);
  }

  /** read: a path, a buffer with its size, and an offset. */
  public interface Read {
    @Delegate
    int call(Pointer path, Pointer buffer, long size, long offset, Pointer info);
  }

  /** readdir: a path, libfuse's buffer and the function that adds a name to it. */
  public interface Readdir {
    @Delegate
    int call(Pointer path, Pointer buffer, Pointer filler, long offset, Pointer info);
  }

  /** fuse_fill_dir_t: adds a name; 1 when the buffer is full. */
  public interface FillDir {
    @Delegate
    int call(Pointer buffer, Pointer name, Pointer stat, long offset);
  }

  /** ioctl: a path and a command. */
  public interface Ioctl {
    @Delegate
    int call(Pointer path, int command, Pointer argument, Pointer info, int flags, Pointer data);
  }

  /** An operation that is answered by its path alone; C lets us leave the other arguments out. */
  public interface PathOnly {
    @Delegate
    int call(Pointer path);
  }

  /** Any operation that is answered without a look at its arguments, which C lets us leave out. */
  public interface Constant {
    @Delegate
    int call();
  }
}
