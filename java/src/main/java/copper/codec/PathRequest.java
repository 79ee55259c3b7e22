package copper.codec;

import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The request of every RPC that asks for a path: u8 dest, then the path as a string.
 *
 * @param dest true when the caller wants the status only, as a C++ node does of itself; the shape
 *     of the answer depends on it
 * @param path the path on storage
 */
public record PathRequest(boolean dest, RawPath path) {
  /** Returns the message. */
  public List<ByteBuffer> encode() {
    byte[] bytes = path.toBytes();
    long size = 1 + CerealOutput.size(bytes);
    return List.of(new CerealOutput("a path request", size).bool(dest).bytes(bytes).toBuffer());
  }

  /**
   * Reads the request of the RPC {@code rpc}.
   *
   * @throws CodecException if it is none, or the path is not absolute or holds a NUL
   */
  public static PathRequest decode(String rpc, ByteBuffer payload) {
    CerealInput input = new CerealInput("the request of " + rpc, payload);
    boolean dest = input.bool("dest");
    byte[] bytes = input.bytes("the path");
    input.end();
    try {
      return new PathRequest(dest, RawPath.of(bytes));
    } catch (IllegalArgumentException e) {
      throw input.bad(e.getMessage());
    }
  }
}
