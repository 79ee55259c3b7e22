package copper.transport;

/**
 * Why a call has no answer. The message names the RPC, the peer and the cause.
 *
 * <p>Checked nowhere: it travels in futures.
 */
public final class RpcException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What went wrong, as far as the caller can act on it. */
  public enum Kind {
    /** The peer could not be reached, or the connection broke before the answer came. */
    UNREACHABLE,
    /** No answer within the call's timeout. */
    TIMEOUT,
    /** The peer is there and does not know an RPC of this name. */
    NO_SUCH_RPC,
    /** The peer's handler failed, or the transport reported an error of its own. */
    FAILED,
    /** What arrived is not a message of this RPC. */
    BAD_MESSAGE,
    /** The peer and this node do not share the job's secret. */
    DENIED,
    /** Too many calls are queued for this peer. */
    OVERLOADED,
    /** This transport was closed. */
    CLOSED
  }

  private final Kind kind;

  /** Makes an exception without a cause. */
  public RpcException(Kind kind, String message) {
    this(kind, message, null);
  }

  /** Makes an exception; {@code cause} may be null. */
  public RpcException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Returns what went wrong. */
  public Kind kind() {
    return kind;
  }

  /** Returns what a caller hears of a request that cannot be read: the RPC, who sent it and why. */
  public static RpcException unreadable(String rpc, RpcHandler.Request request, Exception why) {
    return new RpcException(
        Kind.BAD_MESSAGE,
        rpc + " from " + request.peer() + " cannot be read: " + why.getMessage(),
        why);
  }
}
