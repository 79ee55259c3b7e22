/**
 * The mount that speaks the kernel's own protocol (linux/fuse.h) on /dev/fuse, without libfuse.
 *
 * <p>Threads of its own read requests; answers are written by whichever thread has them. Nothing
 * waits for a future: a request whose answer is on its way keeps no thread.
 */
package copper.fuse.kernel;
