/** Wires a node together and closes it in reverse. */
package copper.node;
