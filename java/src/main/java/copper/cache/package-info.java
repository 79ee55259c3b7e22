/** Answers by path with single flight, bounded in bytes. Safe on any thread, never blocks. */
package copper.cache;
