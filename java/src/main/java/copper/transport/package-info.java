/**
 * Named RPCs over byte payloads with deadlines; knows nothing of Copper's messages.
 *
 * <p>Handlers and completions run on the transport's own threads and must not block.
 */
package copper.transport;
