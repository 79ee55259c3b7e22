package copper.tree;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.tree.AddressBook.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What is made of address books and node files, good and bad. */
class AddressBookTest {
  @TempDir Path directory;

  private Path file(String name, String text) {
    try {
      return Files.writeString(directory.resolve(name), text, ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private AddressBook book(String text) throws AddressBookException {
    return AddressBook.read(file("book", text));
  }

  private AddressBook select(String book, String nodes) throws AddressBookException {
    return book(book).select(file("nodes", nodes));
  }

  private static List<String> lines(AddressBook book) {
    return book.entries().stream().map(e -> e.host() + "=" + e.address()).toList();
  }

  private static void assertFails(String expected, Executable action) {
    AddressBookException e = assertThrows(AddressBookException.class, action);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }

  @Test
  void readsLinesInOrder() throws AddressBookException {
    AddressBook book = book("x4000c0s0b0n0 ofi+cxi://0x00916600\nb ofi+tcp;ofi_rxm://1.2.3.4:5\n");
    assertEquals(
        List.of("x4000c0s0b0n0=ofi+cxi://0x00916600", "b=ofi+tcp;ofi_rxm://1.2.3.4:5"),
        lines(book));
    assertEquals(List.of(), book.notes());
  }

  @Test
  void readsLinesHoweverTheyAreWritten() throws AddressBookException {
    List<String> expected = List.of("a=1", "b=2");
    assertEquals(expected, lines(book("a 1\r\nb 2\r\n")));
    assertEquals(expected, lines(book("a 1\rb 2")));
    assertEquals(expected, lines(book("  a\t \t1  \n\tb 2")));
    assertEquals(expected, lines(book("\u00ef\u00bb\u00bfa 1\nb 2\n")));
    assertEquals(List.of("\u00e9\u00ff=1"), lines(book("\u00e9\u00ff 1\n")));
  }

  @Test
  void notesBlankLines() throws AddressBookException {
    AddressBook book = book("\na 1\n \t\r\nb 2\n\n");
    assertEquals(List.of("a=1", "b=2"), lines(book));
    Path file = directory.resolve("book");
    assertEquals(
        List.of(file + ":1: a blank line", file + ":3: a blank line", file + ":5: a blank line"),
        book.notes());
  }

  @Test
  void refusesMalformedLines() {
    for (String line :
        List.of("b", "b 2 3", "b\0 2", "b 2\0", "\0", "b\f2", "b | 2", "b\u00852 3\u0085 4")) {
      assertFails("book:2: a line is 'HOST ADDRESS', not '", () -> book("a 1\n" + line + "\nc 3"));
    }
    String endless = "b " + "x".repeat(100_000);
    assertFails("book:2: a line", () -> book("a 1\n" + endless));
    AddressBookException e =
        assertThrows(AddressBookException.class, () -> book("a 1\n" + endless));
    assertTrue(e.getMessage().length() < 300, e.getMessage());
  }

  @Test
  void refusesAnAddressThatStandsTwice() {
    assertFails("book:4: address 1 is on line 1 already", () -> book("a 1\nb 2\n\nc 1\n"));
    assertFails("book:2: address 1 is on line 1 already", () -> book("a 1\na 1\n"));
  }

  @Test
  void allowsAHostTwiceAsLongAsNobodyAsksForIt() throws AddressBookException {
    assertEquals(List.of("a=1", "a=2", "b=3"), lines(book("a 1\na 2\nb 3\n")));
    assertEquals(List.of("b=3"), lines(select("a 1\na 2\nb 3\n", "b\n")));
    assertFails(
        "nodes:2: the address book has several addresses for a",
        () -> select("a 1\na 2\nb 3\n", "b\na\n"));
  }

  @Test
  void refusesFilesWithoutNodes() {
    for (String text : List.of("", "\n", "\u00ef\u00bb\u00bf", "\r\n \n")) {
      assertFails("book names no node", () -> book(text));
      assertFails("nodes names no host", () -> select("a 1\n", text));
    }
  }

  /** Each line takes many times its own bytes in memory. */
  @Test
  void refusesFilesOfNothingButLines() {
    assertFails("book has more than 1048576 lines", () -> book("\n".repeat((1 << 20) + 1)));
  }

  @Test
  void saysWhyAFileCannotBeRead() throws IOException {
    Path missing = directory.resolve("missing");
    assertFails(missing + " does not exist", () -> AddressBook.read(missing));
    assertFails(directory + " cannot be read: ", () -> AddressBook.read(directory));
    assertFails(missing + " does not exist", () -> book("a 1\n").select(missing));
    Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
    assertFails(loop + " cannot be read: ", () -> AddressBook.read(loop));
    assertFails("/dev/zero is longer than 64 MiB", () -> AddressBook.read(Path.of("/dev/zero")));
  }

  @Test
  void selectsTheNodeFilesHostsInItsOrder() throws AddressBookException {
    AddressBook book = select("a 1\nb 2\nc 3\nd 4\n", "d\r\n b\nc");
    assertEquals(List.of("d=4", "b=2", "c=3"), lines(book));
    assertEquals(List.of(), book.notes());
  }

  @Test
  void comparesNamesUpToTheFirstDotToo() throws AddressBookException {
    String text = "a 1\nb.hsn.site 2\nc.one 3\nc.two 4\n";
    assertEquals(List.of("a=1"), lines(select(text, "a.head.cm.site\n")));
    assertEquals(List.of("b.hsn.site=2"), lines(select(text, "b\n")));
    assertEquals(List.of("b.hsn.site=2"), lines(select(text, "b.other\n")));
    assertEquals(List.of("c.two=4", "c.one=3"), lines(select(text, "c.two\nc.one\n")));
    assertFails("several addresses for c", () -> select(text, "c\n"));
  }

  @Test
  void doesNotCutIpAddresses() throws AddressBookException {
    String text = "10.0.0.1 x\n10.0.0.2 y\n";
    assertEquals(List.of("10.0.0.2=y"), lines(select(text, "10.0.0.2\n")));
    assertFails("no address for 10.0.0.3", () -> select(text, "10.0.0.3\n"));
  }

  @Test
  void notesHostsThatComeAgain() throws AddressBookException {
    AddressBook book = select("a 1\nb 2\n", "b\nb\n\na\nb.site\n");
    assertEquals(List.of("b=2", "a=1"), lines(book));
    Path nodes = directory.resolve("nodes");
    assertEquals(
        List.of(nodes + ":2: b again", nodes + ":3: a blank line", nodes + ":5: b.site again"),
        book.notes());
  }

  @Test
  void namesEveryMissingHostOnce() {
    StringBuilder nodes = new StringBuilder("a\n");
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      nodes.append("m").append(i).append("\nm").append(i).append("\n");
      missing.add("m" + i);
    }
    assertFails(
        "no address for " + String.join(", ", missing) + " of " + directory.resolve("nodes"),
        () -> select("a 1\n", nodes.toString()));
  }

  @Test
  void refusesNodeFilesThatAreNone() {
    for (String line : List.of("a slots=4", "a\t4", "a\0", "\0\1\2")) {
      assertFails("nodes:2: a line is a host name, not '", () -> select("a 1\n", "a\n" + line));
    }
  }

  @Test
  void writesWhatItReads() throws Exception {
    AddressBook book = book("a\t 1\r\n\nb 2");
    Path file = directory.resolve("new/logs/" + AddressBook.FILE_NAME);
    book.write(file);
    assertEquals("a 1\nb 2\n", Files.readString(file));
    assertEquals(book.entries(), AddressBook.read(file).entries());
    new AddressBook(List.of(new Entry("\u00ff", "3")), List.of()).write(file);
    assertEquals("\u00ff 3\n", Files.readString(file, ISO_8859_1));
    assertEquals(PosixFilePermissions.fromString("rw-r--r--"), Files.getPosixFilePermissions(file));
    assertEquals(List.of(AddressBook.FILE_NAME), names(file.getParent()));
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void saysWhyItCannotWrite() throws Exception {
    AddressBook book = book("a 1\n");
    Path inFile = directory.resolve("book/" + AddressBook.FILE_NAME);
    assertFails(inFile + " cannot be written", () -> book.write(inFile));
    Path taken = Files.createDirectories(directory.resolve("taken/full")).getParent();
    assertFails(taken + " cannot be written", () -> book.write(taken));
    assertEquals(2, names(directory).size(), "nothing is left behind");
  }

  @Test
  void writesWholeFilesWhoeverElseWrites() throws Exception {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      entries.add(new Entry("host" + i, "ofi+cxi://0x" + i));
    }
    AddressBook book = new AddressBook(entries, List.of());
    Path file = directory.resolve(AddressBook.FILE_NAME);
    book.write(file);
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        writers.add(
            pool.submit(
                () -> {
                  for (int n = 0; n < 10; n++) {
                    book.write(file);
                    assertEquals(entries, AddressBook.read(file).entries());
                  }
                  return null;
                }));
      }
      for (Future<?> writer : writers) {
        writer.get(60, TimeUnit.SECONDS);
      }
    } finally {
      pool.shutdownNow();
    }
    assertEquals(List.of(AddressBook.FILE_NAME), names(directory));
  }
}
