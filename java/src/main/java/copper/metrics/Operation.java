package copper.metrics;

import java.util.Objects;

/**
 * Something a node does over and over, by where it happens and its name there.
 *
 * @param layer where it happens
 * @param name as the layer's own files call it, such as getattr or rpc_lstat
 */
public record Operation(Layer layer, String name) implements Comparable<Operation> {
  /** Where operations happen. */
  public enum Layer {
    /** Requests of the kernel; names of C++ Copper (src/metric/operation_types.h). */
    FUSE,
    /** Calls of storage. */
    STORAGE,
    /** RPCs that other nodes call here. */
    SERVED,
    /** RPCs that this node calls at its parent. */
    ASKED
  }

  /** The requests of the kernel that are counted. */
  public static final Operation GETATTR = new Operation(Layer.FUSE, "getattr");

  public static final Operation READLINK = new Operation(Layer.FUSE, "readlink");
  public static final Operation READ = new Operation(Layer.FUSE, "read");

  /** The kernel is given a file's pages before it asks; not one of the original's. */
  public static final Operation STORE = new Operation(Layer.FUSE, "store");

  public static final Operation STATFS = new Operation(Layer.FUSE, "statfs");
  public static final Operation READDIR = new Operation(Layer.FUSE, "readdir");
  public static final Operation IOCTL = new Operation(Layer.FUSE, "ioctl");

  /** Neither part may be null. */
  public Operation {
    Objects.requireNonNull(layer);
    Objects.requireNonNull(name);
  }

  /** Orders by layer and name. */
  @Override
  public int compareTo(Operation other) {
    int byLayer = layer.compareTo(other.layer);
    return byLayer != 0 ? byLayer : name.compareTo(other.name);
  }
}
