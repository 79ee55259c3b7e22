package copper.codec;

import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The request of every RPC about a path.
 *
 * @param dest whether the answer is a status only (C++ Copper asks its own service so)
 * @param path the path on storage
 */
public record PathRequest(boolean dest, RawPath path) {
  /** The longest path we take; Linux has PATH_MAX at 4096. */
  private static final int LONGEST = 1 << 16;

  /** Returns the request's bytes. */
  public List<ByteBuffer> encode() {
    byte[] bytes = path.toBytes();
    return List.of(new CerealOutput(9 + bytes.length).bool(dest).bytes(bytes).toBuffer());
  }

  /**
   * Reads a request.
   *
   * @throws CodecException if it is none
   */
  public static PathRequest decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, "path request");
    PathRequest request = new PathRequest(input.bool(), path(input));
    input.end();
    return request;
  }

  static RawPath path(CerealInput input) {
    byte[] path = input.bytes();
    if (path.length > LONGEST) {
      throw input.wrong("a path of " + path.length + " bytes");
    }
    try {
      return RawPath.of(path);
    } catch (IllegalArgumentException e) {
      throw input.wrong(e.getMessage());
    }
  }
}
