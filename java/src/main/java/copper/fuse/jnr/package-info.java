/**
 * The mount through libfuse 2 and jnr-fuse. Its callbacks block; they run on threads of its own.
 */
package copper.fuse.jnr;
