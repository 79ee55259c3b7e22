package copper.tree;

/** Compares host names as the launch scripts do: by what stands before the first dot. */
final class HostNames {
  private HostNames() {}

  /**
   * Returns what stands before the first dot; all of it for an IP address, whose first number says
   * nothing of the host.
   */
  static String shortName(String host) {
    int dot = host.indexOf('.');
    boolean numeric = dot > 0 && host.substring(0, dot).chars().allMatch(Character::isDigit);
    return dot <= 0 || numeric ? host : host.substring(0, dot);
  }
}
