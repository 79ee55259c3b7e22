package copper.tree;

import java.nio.file.Path;
import java.util.Arrays;

/** The address book; a node file behind it, after the first NUL. */
public final class BookTargets {
  private static final Path FILE = Path.of("/the/book");
  private static final Path NODES = Path.of("/the/nodes");

  private BookTargets() {}

  /** Reads both, and the trees that they make. */
  public static void book(byte[] input) {
    int end = 0;
    while (end < input.length && input[end] != 0) {
      end++;
    }
    try {
      AddressBook book = AddressBook.read(FILE, TextFile.lines(FILE, Arrays.copyOf(input, end)));
      book.entries().forEach(entry -> CxiAddress.parse(entry.address()));
      AddressBook.Entry last = book.entries().get(book.entries().size() - 1);
      TreePosition.find(Forest.of(book, 1), last.address(), last.host());
      byte[] nodes = Arrays.copyOfRange(input, Math.min(end + 1, input.length), input.length);
      AddressBook chosen =
          new NodeFileSelection(book, NODES, TextFile.lines(NODES, nodes)).select();
      if (!book.entries().containsAll(chosen.entries())) {
        throw new AssertionError(chosen + " out of " + book);
      }
    } catch (AddressBookException e) {
      if (e.getMessage().lines().count() != 1) {
        throw new AssertionError("a mistake is told in one line", e);
      }
    }
  }
}
