package copper.fuse.kernel;

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
  private final AtomicBoolean answered = new AtomicBoolean();

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

  /** Returns true to the one caller who may answer. */
  boolean claim() {
    return answered.compareAndSet(false, true);
  }
}
