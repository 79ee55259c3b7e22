package copper.codec;

import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One thing that nodes are to fetch ahead; the body of copper_prefetch is a list of them.
 *
 * @param kind what of the path is wanted
 * @param path the path on storage
 * @param offset where the wanted stretch of a file begins; 0 for other kinds
 * @param length its bytes, {@link #ALL} for what follows; 0 for other kinds
 */
public record PrefetchItem(Kind kind, RawPath path, long offset, long length) {
  /** The length of a stretch that goes to the file's end. */
  public static final long ALL = -1;

  private static final int FEWEST_BYTES = 28;

  /** What of a path is wanted. */
  public enum Kind {
    /** The attributes of the path alone. */
    ATTRIBUTES(1),
    /** The names of a directory, with their attributes. */
    NAMES(2),
    /** The target of a link. */
    LINK(3),
    /** A stretch of a file. */
    FILE(4),
    /** All that is directly in a directory: names, attributes, links and files. */
    DIRECTORY(5);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    private static Kind of(int code, CerealInput input) {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      throw input.wrong("the kind " + code);
    }
  }

  /** Returns an item that is no stretch of a file. */
  public static PrefetchItem of(Kind kind, RawPath path) {
    return new PrefetchItem(kind, path, 0, kind == Kind.FILE ? ALL : 0);
  }

  /** Returns the bytes of a list. */
  public static ByteBuffer encode(List<PrefetchItem> items) {
    CerealOutput output = new CerealOutput(64 * items.size() + 8);
    output.i64(items.size());
    for (PrefetchItem item : items) {
      output.i32(item.kind.code).bytes(item.path.toBytes()).i64(item.offset).i64(item.length);
    }
    return output.toBuffer();
  }

  /**
   * Reads a list.
   *
   * @throws CodecException if it is none
   */
  public static List<PrefetchItem> decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, "request of " + Rpcs.PREFETCH);
    List<PrefetchItem> items = new ArrayList<>();
    for (int left = input.count(FEWEST_BYTES); left > 0; left--) {
      Kind kind = Kind.of(input.i32(), input);
      PrefetchItem item = new PrefetchItem(kind, PathRequest.path(input), input.i64(), input.i64());
      if (item.offset < 0 || item.length < ALL) {
        throw input.wrong(item.length + " bytes from " + item.offset);
      }
      items.add(item);
    }
    input.end();
    return items;
  }
}
