package copper.store;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Who a node has its answers from now.
 *
 * @param role what that is to the node
 * @param address the other node's address; none for storage, and as long as nobody was found
 * @param since for how long
 */
public record ServedBy(Role role, Optional<String> address, Duration since) {
  /** What one that answers is to this node. */
  public enum Role {
    /** Storage itself, as at the root of a tree. */
    STORAGE,
    /** The parent. */
    PARENT,
    /** An ancestor beyond the parent. */
    ANCESTOR,
    /** A node that is no ancestor, in place of them all. */
    STAND_IN,
    /** Nobody yet, or nobody just now. */
    NOBODY;

    /** Returns its name as people are told it, such as "stand-in". */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
