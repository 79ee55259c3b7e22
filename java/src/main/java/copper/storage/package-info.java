/**
 * The file system below the cache: lstat, list, read, readlink and statfs on raw byte paths.
 *
 * <p>Every call blocks as long as the file system does; callers run it on a pool of their own. Only
 * this package and the mount speak to the C library; the calls are in {@code Posix}, the layouts of
 * its structures in {@code Statx} and {@code Statvfs}.
 */
package copper.storage;
