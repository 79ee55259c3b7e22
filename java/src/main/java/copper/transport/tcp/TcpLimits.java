package copper.transport.tcp;

/**
 * How much one embedded transport takes on, so that no peer can use up this node's memory.
 *
 * @param payload the longest payload of a request or an answer, in bytes; up to 1 GiB
 * @param calls the most calls in flight to one peer; one more fails at once as OVERLOADED
 * @param served the most requests of one connection served at once; beyond it this node stops
 *     reading from the connection until one is done
 * @param queued the most payload bytes, per connection, of requests or of answers that wait to be
 *     sent, and of requests being served; a single payload may be longer
 * @param handshakes the most connections that have not yet shown they may talk to this node; while
 *     there are so many, others wait in the kernel's queue until the oldest has had its fair time
 * @param connections the most connections from others, so that descriptors are left for storage;
 *     never more than half of what this process may have open. One more is closed at once
 */
public record TcpLimits(
    int payload, int calls, int served, long queued, int handshakes, int connections) {
  private static final int LONGEST_PAYLOAD = 1 << 30;

  private static final int MOST_CONNECTIONS = 8192;

  /**
   * 256 MiB a payload, 16384 calls, 1024 served, 256 MiB queued, 1024 handshakes, 8192 connections.
   */
  public static final TcpLimits DEFAULTS = new TcpLimits(256 << 20, 16384, 1024, 256L << 20, 1024);

  /** Makes limits with the usual number of connections. */
  public TcpLimits(int payload, int calls, int served, long queued, int handshakes) {
    this(payload, calls, served, queued, handshakes, MOST_CONNECTIONS);
  }

  /** Returns these limits with another number of connections. */
  public TcpLimits withConnections(int number) {
    return new TcpLimits(payload, calls, served, queued, handshakes, number);
  }

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public TcpLimits {
    if (payload < 0 || payload > LONGEST_PAYLOAD) {
      throw new IllegalArgumentException("payload limit " + payload + " is not 0 to 1 GiB");
    }
    if (calls < 1 || served < 1 || queued < 1 || handshakes < 1 || connections < 1) {
      throw new IllegalArgumentException("the limits of calls and bytes start at 1");
    }
  }
}
