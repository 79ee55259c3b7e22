package copper.store;

import copper.codec.Hello;
import copper.codec.Rpcs;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What this node and another can do together.
 *
 * @param version the protocol's version that both speak; 0 with a C++ node, and with one of ours
 *     that has no version in common with us
 * @param features what both can beyond the original RPCs
 */
record Capabilities(int version, Set<String> features) {
  /** The four RPCs of C++ Copper, which every node serves. */
  static final Capabilities ORIGINAL = new Capabilities(0, Set.of());

  /** What is assumed of a node as long as it has said nothing: that it is like this one. */
  static final Capabilities ASSUMED = new Capabilities(Hello.VERSION, Rpcs.FEATURES);

  /** Returns what the nodes that say {@code own} and {@code other} can do together. */
  static Capabilities between(Hello own, Hello other) {
    int version = own.common(other);
    if (version == 0) {
      return ORIGINAL;
    }
    return new Capabilities(
        version,
        other.features().stream()
            .filter(own.features()::contains)
            .collect(Collectors.toUnmodifiableSet()));
  }

  /** Tells whether the other node serves the RPC {@code name}. */
  boolean has(String name) {
    return !Rpcs.isOurs(name) || features.contains(name);
  }
}
