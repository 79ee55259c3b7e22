/** What a node counts and how it is written down. Safe on any thread. */
package copper.metrics;
