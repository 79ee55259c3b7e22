/**
 * What is made of the files of a whole run, after it: sums over its nodes, and a page to look at.
 *
 * <p>Reads nothing but the run's directory, and needs no running node. The same files give the same
 * report, byte for byte. One thread.
 */
package copper.report;
