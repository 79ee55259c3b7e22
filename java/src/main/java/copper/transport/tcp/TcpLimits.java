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
 *     there are so many, others wait in the kernel's queue
 */
public record TcpLimits(int payload, int calls, int served, long queued, int handshakes) {
  private static final int LONGEST_PAYLOAD = 1 << 30;

  /** 256 MiB a payload, 16384 calls, 1024 served, 256 MiB queued, 1024 handshakes. */
  public static final TcpLimits DEFAULTS = new TcpLimits(256 << 20, 16384, 1024, 256L << 20, 1024);

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public TcpLimits {
    if (payload < 0 || payload > LONGEST_PAYLOAD) {
      throw new IllegalArgumentException("payload limit " + payload + " is not 0 to 1 GiB");
    }
    if (calls < 1 || served < 1 || queued < 1 || handshakes < 1) {
      throw new IllegalArgumentException("the limits of calls and bytes start at 1");
    }
  }
}
