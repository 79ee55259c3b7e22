package copper.storage;

import java.nio.charset.StandardCharsets;

/** The kernel's table of mounts. */
public final class MountTargets {
  private MountTargets() {}

  /** Looks for Copper's mounts in it. */
  public static void table(byte[] input) {
    NestedMounts.points(new String(input, StandardCharsets.ISO_8859_1));
  }
}
