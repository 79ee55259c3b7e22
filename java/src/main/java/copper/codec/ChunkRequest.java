package copper.codec;

import copper.model.FileVersion;
import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The request of copper_read: a stretch of a file, as long as the file is the one that is meant.
 *
 * @param path the path on storage
 * @param offset where the stretch begins
 * @param length its bytes; fewer come at the file's end only
 * @param version the state of the file that is meant; ESTALE if it has another one
 */
public record ChunkRequest(RawPath path, long offset, int length, FileVersion version) {
  /** Returns this request of another path. */
  public ChunkRequest of(RawPath other) {
    return new ChunkRequest(other, offset, length, version);
  }

  /** Returns the request's bytes. */
  public List<ByteBuffer> encode() {
    byte[] bytes = path.toBytes();
    return List.of(
        new CerealOutput(80 + bytes.length)
            .bytes(bytes)
            .i64(offset)
            .i32(length)
            .i64(version.ino())
            .i64(version.size())
            .i64(version.seconds())
            .i64(version.nanoseconds())
            .i64(version.ctimeSeconds())
            .i64(version.ctimeNanos())
            .toBuffer());
  }

  /**
   * Reads a request.
   *
   * @throws CodecException if it is none
   */
  public static ChunkRequest decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, "request of " + Rpcs.READ);
    ChunkRequest request =
        new ChunkRequest(PathRequest.path(input), input.i64(), input.i32(), version(input));
    input.end();
    if (request.offset < 0 || request.length <= 0) {
      throw input.wrong(request.length + " bytes from " + request.offset);
    }
    return request;
  }

  private static FileVersion version(CerealInput input) {
    return new FileVersion(
        input.i64(), input.i64(), input.i64(), input.i64(), input.i64(), input.i64());
  }
}
