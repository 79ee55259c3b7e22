package copper.codec;

import copper.model.DirectoryVersion;
import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The request of copper_more: a part of a directory, of one reading of it.
 *
 * @param path the directory on storage
 * @param version the reading that is meant; ESTALE if it is no longer known
 * @param from the number of the first entry, from 0
 * @param count how many entries; fewer come at the directory's end only
 */
public record PartRequest(RawPath path, DirectoryVersion version, int from, int count) {
  /** Returns this request of another path. */
  public PartRequest of(RawPath other) {
    return new PartRequest(other, version, from, count);
  }

  /** Returns the request's bytes. */
  public List<ByteBuffer> encode() {
    byte[] bytes = path.toBytes();
    CerealOutput output = new CerealOutput(72 + bytes.length).bytes(bytes);
    return List.of(ListingCodec.version(output, version).i32(from).i32(count).toBuffer());
  }

  /**
   * Reads a request.
   *
   * @throws CodecException if it is none
   */
  public static PartRequest decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, "request of " + Rpcs.MORE);
    PartRequest request =
        new PartRequest(
            PathRequest.path(input), ListingCodec.version(input), input.i32(), input.i32());
    input.end();
    if (request.from < 0 || request.count <= 0) {
      throw input.wrong(request.count + " entries from " + request.from);
    }
    return request;
  }
}
