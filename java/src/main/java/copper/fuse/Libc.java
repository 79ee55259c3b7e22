package copper.fuse;

import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;

/** The functions of the C library that mounting needs; errno is in {@code LastError}. */
public interface Libc {
  /** Flag of umount2: end requests that wait; only root may. */
  int MNT_FORCE = 1;

  /** Flag of umount2: detach now, clean up when it is no longer in use. */
  int MNT_DETACH = 2;

  /** Flag of umount2: do not follow a symbolic link. */
  int UMOUNT_NOFOLLOW = 8;

  /** Returns the functions of the C library of this process. */
  static Libc load() {
    return LibraryLoader.create(Libc.class).load("c");
  }

  /** Returns the effective user id. */
  int geteuid();

  /** Unmounts; see umount2(2). */
  int umount2(@In byte[] target, int flags);

  /** Asks for a file system's space, into a struct of at most 120 bytes; see statfs(2). */
  int statfs(@In byte[] path, @Out byte[] struct);

  /** Reads an extended attribute; see getxattr(2). */
  long getxattr(@In byte[] path, @In byte[] name, byte[] value, @size_t long size);
}
