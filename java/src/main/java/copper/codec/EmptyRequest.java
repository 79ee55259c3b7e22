package copper.codec;

import java.nio.ByteBuffer;
import java.util.List;

/** The request without members: rpc_is_ready's and the shutdown's. */
public final class EmptyRequest {
  private EmptyRequest() {}

  /** Returns the message, which has no bytes. */
  public static List<ByteBuffer> encode() {
    return List.of();
  }

  /**
   * Checks the request of the RPC {@code rpc}.
   *
   * @throws CodecException if it has any bytes
   */
  public static void decode(String rpc, ByteBuffer payload) {
    new CerealInput("the request of " + rpc, payload).end();
  }
}
