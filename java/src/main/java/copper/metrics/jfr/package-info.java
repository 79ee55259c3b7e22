/**
 * Events for the JDK's Flight Recorder, which cost nothing while it does not record. Any thread.
 */
package copper.metrics.jfr;
