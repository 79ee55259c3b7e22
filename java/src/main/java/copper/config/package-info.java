/** What a node is told at its start, and how a command line says it. Immutable, any thread. */
package copper.config;
