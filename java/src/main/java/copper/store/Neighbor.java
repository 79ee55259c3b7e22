package copper.store;

import java.time.Duration;

/**
 * Another node that this one may ask.
 *
 * @param role what it is to this node
 * @param address its address
 * @param serves whether it is the one that is asked now
 * @param lost whether it was asked and is not there
 * @param pending how many calls it has not answered
 * @param silence how long ago it gave its last sign of life; from this node's start on, if none
 */
public record Neighbor(
    ServedBy.Role role,
    String address,
    boolean serves,
    boolean lost,
    int pending,
    Duration silence) {}
