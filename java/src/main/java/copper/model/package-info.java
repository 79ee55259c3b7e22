/**
 * The values everything else speaks of: paths, attributes, listings, answers, errnos.
 *
 * <p>All of them are immutable and free of I/O, safe on any thread.
 */
package copper.model;
