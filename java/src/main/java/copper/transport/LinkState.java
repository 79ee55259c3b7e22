package copper.transport;

/**
 * What is on its way from this node to one that it calls.
 *
 * @param address the other node's address
 * @param connected whether there is a connection
 * @param calls how many calls have no answer yet
 * @param queuedBytes bytes of requests that are not sent yet
 */
public record LinkState(String address, boolean connected, int calls, long queuedBytes) {}
