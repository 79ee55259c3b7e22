package copper.tree;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a node stands in the machine room, as the host names of HPE Cray EX systems tell: {@code
 * x4000c0s0b0n0} is in cabinet 4000, there in chassis 0, slot 0, board 0, node 0.
 *
 * @param cabinet the rack
 * @param chassis within the cabinet
 * @param slot within the chassis
 * @param board within the slot
 * @param node within the board
 */
record Location(int cabinet, int chassis, int slot, int board, int node)
    implements Comparable<Location> {
  private static final Pattern NAME =
      Pattern.compile("x(\\d{1,6})c(\\d{1,3})s(\\d{1,3})b(\\d{1,3})n(\\d{1,3})");

  private static final Comparator<Location> ORDER =
      Comparator.comparingInt(Location::cabinet)
          .thenComparingInt(Location::chassis)
          .thenComparingInt(Location::slot)
          .thenComparingInt(Location::board)
          .thenComparingInt(Location::node);

  /** Reads a host name, with or without a domain; empty if it tells nothing. */
  static Optional<Location> of(String host) {
    Matcher matcher = NAME.matcher(HostNames.shortName(host));
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new Location(
            number(matcher, 1),
            number(matcher, 2),
            number(matcher, 3),
            number(matcher, 4),
            number(matcher, 5)));
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }

  @Override
  public int compareTo(Location other) {
    return ORDER.compare(this, other);
  }
}
