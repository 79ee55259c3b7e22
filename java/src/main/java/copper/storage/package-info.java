/**
 * The file system below the cache: lstat, list, read, readlink and statfs on raw byte paths.
 *
 * <p>Every call blocks as long as the file system does; callers run it on a pool of their own.
 */
package copper.storage;
