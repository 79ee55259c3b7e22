package copper.fuse.kernel;

import copper.model.DirectoryListing;
import java.lang.ref.SoftReference;

/**
 * The listings of a directory from which somebody may still read: the latest and the one before.
 *
 * <p>The kernel reads a directory in pieces and does not say who reads, but it hands back the
 * position we gave it, which names the listing: so that a reader sees one state of the directory
 * from start to end, even when it is reset meanwhile. Safe on any thread.
 */
final class Listings {
  private static final int NUMBER_SHIFT = 32;

  private record Numbered(int number, DirectoryListing listing, long epoch) {}

  /** Listings give way to what needs memory more. */
  private SoftReference<Numbered> latest = new SoftReference<>(null);

  private SoftReference<Numbered> before = latest;
  private int next;

  /**
   * Returns the position of the start of {@code listing}, in which {@code position} is read on from
   * if it belongs to it, and which is begun if not.
   *
   * @param epoch in which a listing that is begun was asked for
   */
  synchronized long start(long position, DirectoryListing listing, long epoch) {
    if (position != 0 && listing.equals(at(position))) {
      return position >>> NUMBER_SHIFT << NUMBER_SHIFT;
    }
    Numbered present = latest.get();
    if (present == null || !present.listing().equals(listing)) {
      before = latest;
      present = new Numbered(next++, listing, epoch);
      latest = new SoftReference<>(present);
    } else if (present.epoch() != epoch) {
      present = new Numbered(present.number(), present.listing(), epoch);
      latest = new SoftReference<>(present);
    }
    return (long) present.number() << NUMBER_SHIFT;
  }

  /** Returns the listing that {@code position} belongs to; null if it is gone. */
  synchronized DirectoryListing at(long position) {
    Numbered kept = kept(position);
    return kept == null ? null : kept.listing();
  }

  /** Tells whether the listing that {@code position} belongs to was asked for in {@code epoch}. */
  synchronized boolean isOf(long position, long epoch) {
    Numbered kept = kept(position);
    return kept != null && kept.epoch() == epoch;
  }

  private Numbered kept(long position) {
    int number = (int) (position >>> NUMBER_SHIFT);
    Numbered kept = latest.get();
    if (kept == null || kept.number() != number) {
      kept = before.get();
    }
    return kept != null && kept.number() == number ? kept : null;
  }

  /**
   * Returns which entry {@code position} stands before; a program may go to one that no directory
   * has, which is its end.
   */
  static int index(long position) {
    int index = (int) position;
    return index < 0 ? Integer.MAX_VALUE : index;
  }
}
