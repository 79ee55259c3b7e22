/**
 * File data that memory has no room for, in a local directory of the node's own.
 *
 * <p>Every record is checked when it is read. What blocks runs on threads of its own, a few.
 */
package copper.cache.spill;
