package copper.fuse.kernel;

import copper.metrics.Pending;
import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A request that is being answered: what identifies it, and whether it has been answered yet.
 *
 * <p>It outlives the memory it was read into, which is used for the next one meanwhile.
 */
final class Request {
  private final Device device;
  private final int opcode;
  private final long unique;
  private final long node;
  private final long since = System.nanoTime();
  private final AtomicBoolean answered = new AtomicBoolean();

  /** Set before others see the request. */
  private RawPath path = RawPath.ROOT;

  /** Reads the header of a request that came from {@code device}. */
  Request(Device device, ByteBuffer memory) {
    this.device = device;
    this.opcode = memory.getInt(Fuse.IN_OPCODE);
    this.unique = memory.getLong(Fuse.IN_UNIQUE);
    this.node = memory.getLong(Fuse.IN_NODE);
  }

  Device device() {
    return device;
  }

  int opcode() {
    return opcode;
  }

  long unique() {
    return unique;
  }

  /** Returns the id of the node it is about. */
  long node() {
    return node;
  }

  /** Says what it is about, for who looks at requests that wait. */
  void about(RawPath about) {
    path = about;
  }

  /** Returns what it is, for people. */
  Pending pending() {
    return new Pending(Fuse.name(opcode), path, since);
  }

  /** Returns true to the one caller who may answer. */
  boolean claim() {
    return answered.compareAndSet(false, true);
  }
}
