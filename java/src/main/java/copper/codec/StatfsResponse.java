package copper.codec;

import copper.model.FileSystemStat;
import copper.model.Reply;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The answer of copper_statfs: i32 status (0 or -errno) and the eight u64 of {@link
 * FileSystemStat}, in the order it has them; all zero after an error.
 */
public final class StatfsResponse {
  private static final String MESSAGE = "the answer of " + Rpcs.STATFS;

  private static final FileSystemStat NONE = new FileSystemStat(0, 0, 0, 0, 0, 0, 0, 0);

  private StatfsResponse() {}

  /** Returns the message. */
  public static List<ByteBuffer> encode(Reply<FileSystemStat> reply) {
    FileSystemStat stat = reply.ok() ? reply.value() : NONE;
    return List.of(
        new CerealOutput(MESSAGE, 68)
            .i32(-reply.errno())
            .i64(stat.blockSize())
            .i64(stat.fragmentSize())
            .i64(stat.blocks())
            .i64(stat.blocksFree())
            .i64(stat.blocksAvailable())
            .i64(stat.files())
            .i64(stat.filesFree())
            .i64(stat.nameMax())
            .toBuffer());
  }

  /**
   * Reads the answer.
   *
   * @throws CodecException if it is none
   */
  public static Reply<FileSystemStat> decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(MESSAGE, payload);
    int errno = input.errno();
    FileSystemStat stat =
        new FileSystemStat(
            input.i64("f_bsize"),
            input.i64("f_frsize"),
            input.i64("f_blocks"),
            input.i64("f_bfree"),
            input.i64("f_bavail"),
            input.i64("f_files"),
            input.i64("f_ffree"),
            input.i64("f_namemax"));
    input.end();
    if (errno != 0 && !stat.equals(NONE)) {
      throw input.bad("it has an error and values");
    }
    return errno == 0 ? Reply.of(stat) : Reply.failure(errno);
  }
}
