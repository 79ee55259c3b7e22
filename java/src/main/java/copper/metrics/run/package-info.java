/**
 * The files that a node writes about itself into the run's directory, in C++ Copper's places and
 * forms.
 *
 * <p>Writing blocks and belongs on a thread that may; any thread may do it, one at a time does. A
 * file is there whole or not at all, and one that cannot be written costs a line in the log and
 * nothing else.
 */
package copper.metrics.run;
