/**
 * The overlay: who the nodes of a job are, and who is whose parent.
 *
 * <p>The address book is the only input, so every node computes the same trees without a word to
 * another. Files are read and written here, but nothing is kept open; the values are immutable and
 * safe on any thread.
 */
package copper.tree;
