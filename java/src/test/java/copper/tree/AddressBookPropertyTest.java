package copper.tree;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import copper.tree.AddressBook.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever a book's bytes are, it is read as what it says or refused in one line. */
class AddressBookPropertyTest {
  private static Path file;

  @BeforeContainer
  static void makeFile() throws IOException {
    file = Files.createTempFile("copper-book", ".txt");
  }

  @AfterContainer
  static void removeFile() throws IOException {
    Files.deleteIfExists(file);
  }

  @Provide
  Arbitrary<List<Entry>> entries() {
    Arbitrary<String> words =
        Arbitraries.strings().withCharRange('!', '~').ofMinLength(1).ofMaxLength(30);
    return Combinators.combine(words, words)
        .as(Entry::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(30)
        .uniqueElements(Entry::address)
        .uniqueElements(Entry::host);
  }

  @Provide
  Arbitrary<String> spaces() {
    return Arbitraries.of(" ", "\t", "  ", " \t ");
  }

  @Provide
  Arbitrary<String> ends() {
    return Arbitraries.of("\n", "\r\n", "\r", " \n", "\n\n", "\t\r\n");
  }

  @Property(tries = 300)
  void goodBooksAreReadAsTheyAre(
      @ForAll("entries") List<Entry> entries,
      @ForAll("spaces") String space,
      @ForAll("ends") String end,
      @ForAll boolean endAtLast)
      throws Exception {
    List<String> lines = entries.stream().map(e -> e.host() + space + e.address()).toList();
    Files.writeString(file, String.join(end, lines) + (endAtLast ? end : ""), ISO_8859_1);
    assertEquals(entries, AddressBook.read(file).entries());
  }

  @Property(tries = 200)
  void selectionFollowsTheNodeFile(@ForAll("entries") List<Entry> entries, @ForAll long seed)
      throws Exception {
    List<Entry> shuffled = new ArrayList<>(entries);
    Collections.shuffle(shuffled, new Random(seed));
    List<Entry> chosen = shuffled.subList(0, 1 + shuffled.size() / 2);
    List<String> hosts = chosen.stream().map(Entry::host).toList();
    Files.writeString(file, String.join("\n", hosts), ISO_8859_1);
    assertEquals(chosen, new AddressBook(entries, List.of()).select(file).entries());
  }

  @Property(tries = 1000)
  void anyBytesAreReadOrRefusedInOneLine(@ForAll @Size(max = 200) byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try {
      for (Entry entry : AddressBook.read(file).entries()) {
        assertFalse(entry.host().isBlank());
        assertFalse(entry.address().isBlank());
        assertFalse((entry.host() + entry.address()).chars().anyMatch(c -> c <= ' '));
      }
    } catch (AddressBookException e) {
      assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    }
  }
}
