package copper.fuse.kernel;

import jnr.ffi.annotations.In;

/**
 * The functions of the C library that speaking to /dev/fuse needs; jnr-ffi implements it, and can
 * only where it is public.
 *
 * <p>Addresses are raw, since jnr-ffi passes a long several times faster than a buffer. A result of
 * -1 means failure, with the errno in {@code LastError} of the calling thread. open and ioctl are
 * variadic in C; on x86-64 and aarch64 integer arguments of both kinds of function travel alike.
 */
public interface Calls {
  int open(@In byte[] path, int flags);

  int close(int fd);

  long read(int fd, long buffer, long length);

  int poll(long descriptors, long count, int milliseconds);

  long write(int fd, long buffer, long length);

  long writev(int fd, long vector, int count);

  int ioctl(int fd, long request, long argument);

  int mount(@In byte[] source, @In byte[] target, @In byte[] type, long flags, @In byte[] data);

  int socketpair(int domain, int type, int protocol, long descriptors);

  int pipe2(long descriptors, int flags);

  long recvmsg(int socket, long message, int flags);

  int posix_spawn_file_actions_init(long actions);

  int posix_spawn_file_actions_adddup2(long actions, int from, int to);

  int posix_spawn_file_actions_destroy(long actions);

  /** Returns the errno itself, 0 for success. */
  int posix_spawnp(
      long pid, @In byte[] file, long actions, long attributes, long arguments, long environment);

  int waitpid(int pid, long status, int options);
}
