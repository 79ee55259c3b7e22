package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

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
    long position = listings.start(0, first) | 1;
    long other = listings.start(0, second) | 1;
    assertSame(first, listings.at(position));
    assertSame(second, listings.at(other));
    assertEquals(1, Listings.index(position));
    assertEquals(1, Listings.index(other));
    assertEquals(position & ~1L, listings.start(position, first), "reading on begins nothing");
    assertSame(second, listings.at(other));
  }

  @Test
  void theSameListingIsOneHoweverManyBegin() {
    DirectoryListing listing = listing("a");
    assertEquals(listings.start(0, listing), listings.start(0, listing));
  }

  /** Programs that keep positions in 32 bits can read a directory that is never reset. */
  @Test
  void positionsOfTheFirstListingAreSmall() {
    assertEquals(0, listings.start(0, listing("a")));
  }

  @Test
  void anOldListingGoes() {
    DirectoryListing first = listing("a");
    long position = listings.start(0, first) | 1;
    listings.start(0, listing("b"));
    listings.start(0, listing("c"));
    assertNull(listings.at(position));
  }
}
