package copper.codec;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * The names of the RPCs and the numbers they have on Mercury's wire.
 *
 * <p>The first four and the shutdown are C++ Copper's and Margo's; those that begin with "copper_"
 * are served by Java nodes only.
 */
public final class Rpcs {
  public static final String LSTAT = "rpc_lstat";
  public static final String READFILE = "rpc_readfile";
  public static final String READDIR = "rpc_readdir";
  public static final String IS_READY = "rpc_is_ready";

  /** The target of a symbolic link: {@link PathRequest}, {@link Replies#READLINK}. */
  public static final String READLINK = "copper_readlink";

  /** A file system's space: {@link PathRequest}, {@link Replies#STATFS}. */
  public static final String STATFS = "copper_statfs";

  /**
   * A directory with types, attributes and link targets, of a large one the first part: {@link
   * PathRequest}, {@link Replies#LIST}.
   */
  public static final String LIST = "copper_list";

  /** A further part of a directory: {@link PartRequest}, {@link Replies#LIST}. */
  public static final String MORE = "copper_more";

  /** The names in a directory as they are now: {@link PathRequest}, {@link Replies#NAMES}. */
  public static final String NAMES = "copper_names";

  /** A whole file, and which state of it that is: {@link PathRequest}, {@link Replies#FILE}. */
  public static final String FILE = "copper_file";

  /** The small files of a directory: {@link PathRequest}, {@link Replies#FILES}. */
  public static final String FILES = "copper_files";

  /** Ends the node, on networks that have no RPC of their own for that: no bytes, no answer. */
  public static final String END = "copper_end";

  /** A stretch of a large file: {@link ChunkRequest}, {@link Replies#CHUNK}. */
  public static final String READ = "copper_read";

  /** Several of these at once: {@link Batches}. */
  public static final String BATCH = "copper_batch";

  /** Drops the caches of a node and of all below it: {@link TreeCall}, {@link TreeReport}. */
  public static final String RESET = "copper_reset";

  /** What a node and all below it count: {@link TreeCall}, {@link TreeReport}. */
  public static final String STATS = "copper_stats";

  /** Has a node and all below it fetch files: {@link TreeCall}, {@link TreeReport}. */
  public static final String PREFETCH = "copper_prefetch";

  /** Who a node is and what it can: {@link Hello} both ways. */
  public static final String HELLO = "copper_hello";

  /** Whether a node knows who it has its answers from: {@link Serving} both ways. */
  public static final String SERVING = "copper_serving";

  /**
   * What this node's children are likely to ask for next, as soon as there is something: {@link
   * PushRequest}, {@link PushAnswer}. Nodes tell it in their hello where they were told to push.
   */
  public static final String PUSH = "copper_push";

  /** So many bytes, to measure the network: {@link EchoRequest}, zeros. */
  public static final String ECHO = "copper_echo";

  /** What a node tells in its hello: our own RPCs, each by its name. */
  public static final Set<String> FEATURES =
      Set.of(
          READLINK, STATFS, LIST, MORE, NAMES, FILE, FILES, READ, BATCH, RESET, STATS, PREFETCH,
          SERVING, ECHO);

  /** Margo's own RPC that ends a node; it has no provider ({@link #NO_PROVIDER}). */
  public static final String SHUTDOWN = "__shutdown__";

  /** The provider that C++ Copper registers its RPCs with. */
  public static final int PROVIDER = 0;

  /** Margo's number for RPCs without a provider (MARGO_DEFAULT_PROVIDER_ID). */
  public static final int NO_PROVIDER = 0xffff;

  private static final int SEED = 0xfeedbeef;

  private Rpcs() {}

  /** Tells whether C++ nodes do not know the RPC {@code name}. */
  public static boolean isOurs(String name) {
    return name.startsWith("copper_");
  }

  /**
   * Returns the number of the RPC {@code name}: the hash of its name above 16 zero bits and the
   * provider's 16 bits (mochi-margo, src/margo-id.h).
   */
  public static long id(String name, int provider) {
    long hash = jenkins(name.getBytes(StandardCharsets.UTF_8));
    return (hash << 32) | (provider & 0xffffL);
  }

  /** Returns Bob Jenkins' 32-bit hash of 1996 ("lookup2") with the seed that uthash gives it. */
  private static int jenkins(byte[] key) {
    int[] state = {0x9e3779b9, 0x9e3779b9, SEED};
    int at = 0;
    for (; key.length - at >= 12; at += 12) {
      for (int i = 0; i < 12; i++) {
        add(state, i, key[at + i]);
      }
      mix(state);
    }
    state[2] += key.length;
    for (int i = 0; at + i < key.length; i++) {
      // The lowest byte of the last word is taken by the length, so its bytes move up by one.
      add(state, i < 8 ? i : i + 1, key[at + i]);
    }
    mix(state);
    return state[2];
  }

  private static void add(int[] state, int index, byte value) {
    state[index / 4] += (value & 0xff) << (8 * (index % 4));
  }

  private static void mix(int[] state) {
    int[] shifts = {13, -8, 13, 12, -16, 5, 3, -10, 15};
    for (int i = 0; i < shifts.length; i++) {
      int other = state[(i + 2) % 3];
      int moved = shifts[i] > 0 ? other >>> shifts[i] : other << -shifts[i];
      state[i % 3] = (state[i % 3] - state[(i + 1) % 3] - other) ^ moved;
    }
  }
}
