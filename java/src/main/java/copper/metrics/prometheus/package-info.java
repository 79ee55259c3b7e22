/** A node's counts for Prometheus, over HTTP on loopback. Has threads of its own. */
package copper.metrics.prometheus;
