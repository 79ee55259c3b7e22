package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.DirectoryListing;
import copper.model.FileStat;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ListingsTest {
  private final Listings listings = new Listings();

  private static DirectoryListing listing(String... names) {
    return new DirectoryListing(
        Stream.of(names)
            .map(name -> name.getBytes(StandardCharsets.US_ASCII))
            .map(name -> new DirectoryListing.Entry(name, FileStat.S_IFREG))
            .toList());
  }

  @Test
  void whoHasBegunReadsOnInWhatHeBeganWith() {
    DirectoryListing first = listing("a", "b");
    DirectoryListing second = listing("b", "c");
    long position = listings.start(0, first, 1) | 1;
    long other = listings.start(0, second, 1) | 1;
    assertSame(first, listings.at(position));
    assertSame(second, listings.at(other));
    assertEquals(1, Listings.index(position));
    assertEquals(1, Listings.index(other));
    assertEquals(position & ~1L, listings.start(position, first, 1), "reading on begins nothing");
    assertSame(second, listings.at(other));
  }

  @Test
  void theSameListingIsOneHoweverManyBegin() {
    DirectoryListing listing = listing("a");
    assertEquals(listings.start(0, listing, 1), listings.start(0, listing, 1));
  }

  /** Programs that keep positions in 32 bits can read a directory that is never reset. */
  @Test
  void positionsOfTheFirstListingAreSmall() {
    assertEquals(0, listings.start(0, listing("a"), 1));
  }

  @Test
  void anOldListingGoes() {
    DirectoryListing first = listing("a");
    long position = listings.start(0, first, 1) | 1;
    listings.start(0, listing("b"), 1);
    listings.start(0, listing("c"), 1);
    assertNull(listings.at(position));
  }

  @Test
  void aListingIsOfTheEpochInWhichItWasAskedForLast() {
    DirectoryListing listing = listing("a");
    long position = listings.start(0, listing, 1) | 1;
    assertTrue(listings.isOf(position, 1));
    assertFalse(listings.isOf(position, 2), "read on after a reset");
    assertEquals(position & ~1L, listings.start(0, listing, 2));
    assertTrue(listings.isOf(position, 2), "the same again");
  }
}
