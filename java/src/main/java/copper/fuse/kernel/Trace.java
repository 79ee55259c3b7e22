package copper.fuse.kernel;

import java.nio.ByteBuffer;

/** Prints each request on the standard error, where the user wants that ({@code -d}). */
final class Trace {
  private final boolean on;

  Trace(boolean on) {
    this.on = on;
  }

  @SuppressWarnings("SystemOut")
  void request(ByteBuffer memory) {
    if (on) {
      System.err.printf(
          "unique %d, opcode %d, node %d, length %d, pid %d%n",
          memory.getLong(Fuse.IN_UNIQUE),
          memory.getInt(Fuse.IN_OPCODE),
          memory.getLong(Fuse.IN_NODE),
          memory.getInt(Fuse.IN_LENGTH),
          memory.getInt(Fuse.IN_PID));
    }
  }
}
