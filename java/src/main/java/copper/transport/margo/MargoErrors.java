package copper.transport.margo;

import copper.transport.RpcException;
import copper.transport.RpcException.Kind;

/** What Mercury's codes mean to a caller; the only place that knows. */
final class MargoErrors {
  private MargoErrors() {}

  /** Makes the exception for a call that failed with {@code error}. */
  static RpcException failure(String rpc, String address, MargoException error) {
    String name = error.name();
    return new RpcException(
        kind(name), rpc + " of " + address + " failed: " + error.getMessage() + hint(name), error);
  }

  /** Returns what the name of a code means for a call. */
  static Kind kind(String name) {
    return switch (name) {
      case "HG_NODEV", "HG_HOSTUNREACH", "HG_ADDRNOTAVAIL", "HG_PERMISSION", "HG_IO_ERROR" ->
          Kind.UNREACHABLE;
      case "HG_TIMEOUT" -> Kind.TIMEOUT;
      case "HG_ACCESS" -> Kind.DENIED;
      case "HG_NOENTRY" -> Kind.NO_SUCH_RPC;
      case "HG_OVERFLOW", "HG_MSGSIZE", "HG_PROTOCOL_ERROR", "HG_CHECKSUM_ERROR" ->
          Kind.BAD_MESSAGE;
      case "HG_AGAIN" -> Kind.OVERLOADED;
      case "HG_CANCELED" -> Kind.CLOSED;
      default -> Kind.FAILED;
    };
  }

  private static String hint(String name) {
    return switch (name) {
      case "HG_CHECKSUM_ERROR", "HG_INVALID_ARG" ->
          "; Mercury must be built with the same checksum setting on all nodes";
      case "HG_PERMISSION" -> "; the peer is ending";
      case "HG_ACCESS" ->
          "; the peer wants a proof of the job's secret: name its file with -secret_file (or"
              + " COPPER_SECRET_FILE)";
      case "HG_OTHER_ERROR" -> "; where it comes from the peer, its log says why";
      default -> "";
    };
  }

  /** Returns how to refuse a request whose handler failed with {@code error}. */
  static int refusal(Throwable error) {
    if (!(error instanceof RpcException e)) {
      return MargoNative.REFUSE_FAILED;
    }
    return switch (e.kind()) {
      case NO_SUCH_RPC -> MargoNative.REFUSE_NO_SUCH_RPC;
      case BAD_MESSAGE -> MargoNative.REFUSE_BAD_MESSAGE;
      case OVERLOADED -> MargoNative.REFUSE_OVERLOADED;
      case CLOSED -> MargoNative.REFUSE_ENDING;
      case DENIED -> MargoNative.REFUSE_DENIED;
      default -> MargoNative.REFUSE_FAILED;
    };
  }
}
