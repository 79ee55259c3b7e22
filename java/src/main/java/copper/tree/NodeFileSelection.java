package copper.tree;

import copper.tree.AddressBook.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Looks the hosts of a node file up in an address book: by the whole name, else by the name up to
 * the first dot.
 */
final class NodeFileSelection {
  private final AddressBook book;
  private final Path file;
  private final List<String> lines;
  private final Map<String, List<Entry>> byName = new HashMap<>();
  private final Map<String, List<Entry>> byShortName = new HashMap<>();
  private final Set<Entry> chosen = new LinkedHashSet<>();
  private final Set<String> missing = new LinkedHashSet<>();
  private final List<String> notes;

  /** Makes a selection by the {@code lines} of {@code file}. */
  NodeFileSelection(AddressBook book, Path file, List<String> lines) {
    this.book = book;
    this.file = file;
    this.lines = lines;
    this.notes = new ArrayList<>(book.notes());
  }

  AddressBook select() throws AddressBookException {
    for (Entry entry : book.entries()) {
      add(byName, entry.host(), entry);
      add(byShortName, HostNames.shortName(entry.host()), entry);
    }
    int number = 0;
    for (String line : lines) {
      number++;
      take(file + ":" + number, line);
    }
    if (!missing.isEmpty()) {
      throw new AddressBookException(
          "the address book has no address for "
              + String.join(", ", missing)
              + " of "
              + file
              + "; add a line 'HOST ADDRESS' for each");
    }
    if (chosen.isEmpty()) {
      throw new AddressBookException(file + " names no host; write one a line");
    }
    return new AddressBook(List.copyOf(chosen), notes);
  }

  private void take(String place, String line) throws AddressBookException {
    String host = line.strip();
    if (host.isEmpty()) {
      notes.add(place + ": a blank line");
      return;
    }
    if (TextFile.hasControl(host) || host.indexOf(' ') >= 0) {
      throw new AddressBookException(
          place + ": a line is a host name, not '" + TextFile.shown(host) + "'; correct it");
    }
    List<Entry> found = find(host);
    if (found.isEmpty()) {
      missing.add(TextFile.shown(host));
    } else if (found.size() > 1) {
      throw new AddressBookException(
          place + ": the address book has several addresses for " + host + "; keep one of them");
    } else if (!chosen.add(found.get(0))) {
      notes.add(place + ": " + host + " again");
    }
  }

  private List<Entry> find(String host) {
    List<Entry> exact = byName.getOrDefault(host, List.of());
    return exact.isEmpty() ? byShortName.getOrDefault(HostNames.shortName(host), List.of()) : exact;
  }

  private static void add(Map<String, List<Entry>> index, String name, Entry entry) {
    index.computeIfAbsent(name, unused -> new ArrayList<>(1)).add(entry);
  }
}
