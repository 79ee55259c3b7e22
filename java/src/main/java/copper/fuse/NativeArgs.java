package copper.fuse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** An argument vector in native memory; it lives as long as this object. */
public final class NativeArgs {
  private final Pointer vector;
  private final List<Pointer> texts = new ArrayList<>();

  /** Copies {@code arguments} there. */
  public NativeArgs(List<String> arguments) {
    Runtime runtime = Runtime.getSystemRuntime();
    vector = Memory.allocateDirect(runtime, 8L * (arguments.size() + 1), true);
    for (String argument : arguments) {
      byte[] bytes = argument.getBytes(StandardCharsets.UTF_8);
      Pointer text = Memory.allocateDirect(runtime, bytes.length + 1, true);
      text.put(0, bytes, 0, bytes.length);
      vector.putPointer(8L * texts.size(), text);
      texts.add(text);
    }
  }

  /** Returns the number of arguments. */
  public int count() {
    return texts.size();
  }

  /** Returns the argv. */
  public Pointer vector() {
    return vector;
  }
}
