package copper.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one of our own nodes says of itself to another: the request of copper_hello, and its answer.
 *
 * <p>Made for nodes of other versions. A feature this version has not heard of is kept and means
 * nothing to it, and fields that a later version puts behind those known here are passed over. A
 * message keeps its meaning as long as it keeps its RPC's name: who changes one gives it a new
 * name, which is a new feature. The version counts what changes for all messages at once.
 *
 * @param oldest the oldest version of the protocol the node speaks
 * @param newest the newest
 * @param features what the node can beyond the original RPCs, mostly names of RPCs
 * @param build the node's own version, for people
 * @param key proof that the node belongs to the job; without bytes where none is asked for. Must
 *     not be changed
 */
public record Hello(int oldest, int newest, Set<String> features, String build, ByteBuffer key) {
  /** The version of the protocol that this code speaks. */
  public static final int VERSION = 1;

  /**
   * Begins the word among the features that tells the node's tree; older nodes pass over it as over
   * any feature they have not heard of.
   */
  private static final String TREE = "tree: ";

  /** How the words for trees begin that C++ nodes and older ones make as well. */
  public static final String ORIGINAL = "original ";

  /** A longer hello is refused, in bytes. */
  private static final int LONGEST = 64 << 10;

  private static final int LENGTH = 8;

  /** Takes an unmodifiable copy of the features. */
  public Hello {
    features = Set.copyOf(features);
  }

  /** Returns what this node says of itself. */
  public static Hello own() {
    String build = Hello.class.getPackage().getImplementationVersion();
    return new Hello(
        VERSION, VERSION, Rpcs.FEATURES, build == null ? "unknown" : build, ByteBuffer.allocate(0));
  }

  /**
   * Returns what this node says of itself.
   *
   * @param tree words for the trees of its job, which other nodes have just so if theirs are the
   *     same
   */
  public static Hello own(String tree) {
    return own().with(TREE + tree);
  }

  /** Returns this with a further feature. */
  public Hello with(String feature) {
    Set<String> all = new LinkedHashSet<>(features);
    all.add(feature);
    return new Hello(oldest, newest, all, build, key);
  }

  /** Returns the words for the trees of the node's job, if it tells them. */
  public Optional<String> tree() {
    return features.stream()
        .filter(feature -> feature.startsWith(TREE))
        .map(feature -> feature.substring(TREE.length()))
        .findFirst();
  }

  /** Tells whether a node that says nothing of its tree cannot be in this one's. */
  public boolean needsTree() {
    return tree().filter(tree -> !tree.startsWith(ORIGINAL)).isPresent();
  }

  /** Returns the newest version that both nodes speak; 0 if there is none. */
  public int common(Hello other) {
    int newestOfBoth = Math.min(newest, other.newest);
    return newestOfBoth >= Math.max(oldest, other.oldest) ? newestOfBoth : 0;
  }

  /** Returns the message's bytes. */
  public List<ByteBuffer> encode() {
    CerealOutput output = new CerealOutput(256).i32(oldest).i32(newest).i64(features.size());
    features.forEach(feature -> output.bytes(feature.getBytes(StandardCharsets.UTF_8)));
    return List.of(
        output.bytes(build.getBytes(StandardCharsets.UTF_8)).bytes(key.duplicate()).toBuffer());
  }

  /**
   * Reads a message.
   *
   * @throws CodecException if it is none
   */
  public static Hello decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, Rpcs.HELLO);
    if (payload.remaining() > LONGEST) {
      throw input.wrong(payload.remaining() + " bytes, more than " + LONGEST);
    }
    int oldest = input.i32();
    int newest = input.i32();
    if (oldest < 1 || newest < oldest) {
      throw input.wrong("the versions " + oldest + " to " + newest);
    }
    List<String> features = new ArrayList<>();
    for (int left = input.count(LENGTH); left > 0; left--) {
      features.add(text(input));
    }
    return new Hello(
        oldest,
        newest,
        new LinkedHashSet<>(features),
        text(input),
        ByteBuffer.wrap(input.bytes()).asReadOnlyBuffer());
  }

  private static String text(CerealInput input) {
    return new String(input.bytes(), StandardCharsets.UTF_8);
  }
}
