package copper.model;

import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;

/**
 * All that a file holds, and which state of it that is.
 *
 * <p>Immutable; the data must not be changed.
 *
 * @param data from position 0 to the limit
 * @param mtime time of last modification in nanoseconds ({@link FileStat#mtime}), {@link #UNKNOWN}
 *     or {@link #CHANGING}
 */
public record WholeFile(ByteBuffer data, long mtime) {
  /** The time of a file that came without one, as from C++ nodes. */
  public static final long UNKNOWN = Long.MIN_VALUE;

  /** The time of a file that was changed while it was read; no attributes go with it. */
  public static final long CHANGING = Long.MAX_VALUE;

  /** Returns the number of bytes. */
  public int length() {
    return data.remaining();
  }

  /** Tells whether the data can be that of a file with the attributes {@code stat}. */
  public boolean goesWith(FileStat stat) {
    return length() == stat.size() && (mtime == UNKNOWN || mtime == stat.mtime());
  }

  /** Returns this file with the data that {@code copy} makes of its own. */
  public WholeFile with(UnaryOperator<ByteBuffer> copy) {
    return new WholeFile(copy.apply(data), mtime);
  }
}
