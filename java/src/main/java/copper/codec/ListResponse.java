package copper.codec;

import copper.model.DirectoryListing;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The answer of copper_list: i32 status (0 or -errno) and a vector of entries, each a name as a
 * string and an i32 of its type bits; of none after an error.
 */
public final class ListResponse {
  private static final String MESSAGE = "the answer of " + Rpcs.LIST;

  private ListResponse() {}

  /** Returns the message. */
  public static List<ByteBuffer> encode(Reply<DirectoryListing> reply) {
    return List.of(Entries.encode(MESSAGE, reply, true));
  }

  /**
   * Reads the answer.
   *
   * @throws CodecException if it is none, or a name is empty or holds a '/' or a NUL
   */
  public static Reply<DirectoryListing> decode(ByteBuffer payload) {
    return Entries.decode(MESSAGE, payload, true);
  }
}
