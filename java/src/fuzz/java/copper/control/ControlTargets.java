package copper.control;

import copper.model.RawPath;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Commands of the node's own user. */
public final class ControlTargets {
  private ControlTargets() {}

  /** Reads a request, and what is to be prefetched in it. */
  public static void request(byte[] input) {
    try {
      ControlServer.name(ByteBuffer.wrap(input));
    } catch (IllegalArgumentException e) {
      // Told to whoever sent it.
    }
    try {
      ControlRequest request = ControlRequest.decode(ByteBuffer.wrap(input));
      PrefetchRequest prefetch = PrefetchRequest.decode(request.body());
      RawPath target = RawPath.of("/target");
      prefetch
          .onStorage(Path.of("/mount"), target)
          .forEach(
              path -> {
                if (!path.startsWith(target) || !path.isNormal()) {
                  throw new AssertionError(path.toString());
                }
              });
    } catch (IllegalArgumentException e) {
      // Told to whoever sent it.
    }
  }
}
