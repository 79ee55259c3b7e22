/**
 * Many nodes in one process, on virtual time: the tree, the stores, their caches and the RPC
 * services are those of real nodes; the network, the storage's speed and the programs are models.
 *
 * <p>One thread at a time runs anything here. The threads that wait for the virtual storage of the
 * roots are threads, but take turns with the one that runs the events; so the same input gives the
 * same course of events, and the same numbers, every time.
 */
package copper.simulate;
