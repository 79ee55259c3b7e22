/**
 * The file system the kernel sees: its operations, its mount point, and what speaks to the kernel.
 *
 * <p>Operations never block and answer on any thread; mounts have threads of their own.
 */
package copper.fuse;
