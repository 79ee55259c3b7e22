package copper.codec;

import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The answer of rpc_readdir: i32 status (0 or -errno) and, unless the request had dest, a vector of
 * the names as strings, of none after an error.
 *
 * <p>A status of -1 is a C++ node that could not ask its parent, so it is EIO here; the price is
 * that a Java node's EPERM arrives as EIO too. The names travel without their types.
 */
public final class ReaddirResponse {
  private static final String MESSAGE = "the answer of " + Rpcs.READDIR;

  private ReaddirResponse() {}

  /** Returns the message for a request with {@code dest}. */
  public static List<ByteBuffer> encode(boolean dest, Reply<DirectoryListing> reply) {
    if (dest) {
      return Status.encode(MESSAGE, reply);
    }
    return List.of(Entries.encode(MESSAGE, reply, false));
  }

  /**
   * Reads the answer to a request without dest; the types of its entries are not known.
   *
   * @throws CodecException if it is none, or a name is empty or holds a '/' or a NUL
   */
  public static Reply<DirectoryListing> decode(ByteBuffer payload) {
    Reply<DirectoryListing> reply = Entries.decode(MESSAGE, payload, false);
    return reply.ok() ? reply : Reply.failure(meant(reply.errno()));
  }

  /**
   * Reads the answer to a request with dest and returns its errno, 0 for success.
   *
   * @throws CodecException if it is none
   */
  public static int decodeStatus(ByteBuffer payload) {
    return meant(Status.decode(MESSAGE, payload));
  }

  private static int meant(int errno) {
    return errno == Errno.EPERM ? Errno.EIO : errno;
  }
}
