package copper.model;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import copper.model.DirectoryListing.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of a directory and what is known of them. */
class DirectoryListingTest {
  private static Entry entry(String name) {
    return new Entry(name.getBytes(US_ASCII), DirectoryListing.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource({"., true", ".., true", "..., false", ".a, false", "a, false", "a., false"})
  void knowsTheDotEntries(String name, boolean expected) {
    assertEquals(expected, entry(name).isSelfOrParent());
  }

  @Test
  void attributesBringTheType() {
    FileStat link = FileStat.builder().mode(FileStat.S_IFLNK | 0777).build();
    Entry bare = entry("x");
    Entry entry = bare.with(link);
    assertEquals(FileStat.S_IFLNK, entry.type());
    assertEquals(Optional.of(link), entry.stat());
    assertEquals("x", entry.toString());
    assertEquals(Optional.empty(), bare.stat());
  }

  @Test
  void theListIsACopy() {
    List<Entry> entries = new ArrayList<>(List.of(entry("x")));
    DirectoryListing listing = new DirectoryListing(entries);
    entries.clear();
    assertEquals(1, listing.entries().size());
    assertThrows(UnsupportedOperationException.class, () -> listing.entries().clear());
  }
}
