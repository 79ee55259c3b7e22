/**
 * What the users of a mount asked of the store: how it is written down, and how it is read again.
 *
 * <p>Knows the model only. Requests are noted on any thread without waiting; one thread writes.
 */
package copper.trace;
