/**
 * The overlay: who the nodes of a job are, and who is whose parent. Immutable values, any thread.
 */
package copper.tree;
