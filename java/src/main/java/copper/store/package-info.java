/**
 * The cooperative cache: one implementation for the local mount and for the children.
 *
 * <p>Asynchronous throughout: futures complete on threads of the transport or of the storage pool.
 */
package copper.store;
