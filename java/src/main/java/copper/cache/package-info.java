/**
 * Answers by path with single flight, and the memory that all of them draw from, bounded in bytes.
 *
 * <p>Safe on any thread, never blocks. What is given out is never changed or freed while anybody
 * has it: file data lies in direct buffers that belong to the garbage collector.
 */
package copper.cache;
