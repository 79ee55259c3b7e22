package copper.tree;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The nodes of a job in the order that makes the tree: a host name and an address each.
 *
 * <p>The file has a line for each, the name and the address with white space between them. Unlike
 * C++ Copper (src/copper/node_tree.cpp), which skips what it cannot use, a line that is malformed,
 * an address that stands twice, and a host of the job that has no address are errors: a tree with
 * nodes missing would be a different tree on every node. Immutable.
 *
 * @param entries the nodes
 * @param notes what is odd but harmless, for the log
 */
public record AddressBook(List<Entry> entries, List<String> notes) {
  /** The name under which a run directory keeps the job's book. */
  public static final String FILE_NAME = "copper_address_book.txt";

  private static final int LONGEST_LINE = 4096;
  private static final int MOST_NAMED = 10;

  /** Takes unmodifiable copies of the lists. */
  public AddressBook {
    entries = List.copyOf(entries);
    notes = List.copyOf(notes);
  }

  /**
   * A node.
   *
   * @param host its host name
   * @param address its address, as its transport prints it
   */
  public record Entry(String host, String address) {
    /** Returns the line of the file. */
    String line() {
      return host + " " + address + "\n";
    }
  }

  /**
   * Reads the book in {@code file}.
   *
   * @throws AddressBookException if it cannot be read, is empty, or has a line that is wrong
   */
  public static AddressBook read(Path file) throws AddressBookException {
    List<Entry> entries = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    Map<String, Integer> lines = new HashMap<>();
    int number = 0;
    for (String line : lines(file)) {
      number++;
      String text = line.strip();
      if (text.isEmpty()) {
        notes.add(file + ":" + number + ": an empty line");
        continue;
      }
      Entry entry = entry(file, number, text);
      Integer before = lines.putIfAbsent(entry.address(), number);
      if (before != null) {
        throw new AddressBookException(
            file
                + ":"
                + number
                + ": the address "
                + entry.address()
                + " is also on line "
                + before
                + "; remove one of them");
      }
      entries.add(entry);
    }
    if (entries.isEmpty()) {
      throw new AddressBookException(file + " names no node; write a line 'HOST ADDRESS' for each");
    }
    return new AddressBook(entries, notes);
  }

  private static Entry entry(Path file, int number, String text) throws AddressBookException {
    List<String> words = List.of(text.split("\\s+", -1));
    if (words.size() != 2 || text.indexOf('\0') >= 0 || text.length() > LONGEST_LINE) {
      String shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
      throw new AddressBookException(
          file + ":" + number + ": a line is 'HOST ADDRESS', not '" + printable(shown) + "'");
    }
    return new Entry(words.get(0), words.get(1));
  }

  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  private static List<String> lines(Path file) throws AddressBookException {
    try {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      String withoutMark = text.startsWith("\u00ef\u00bb\u00bf") ? text.substring(3) : text;
      return withoutMark.lines().toList();
    } catch (IOException e) {
      String why = Files.exists(file) ? "cannot be read: " + e.getMessage() : "does not exist";
      throw new AddressBookException(file + " " + why, e);
    }
  }

  /**
   * Returns the book of the hosts in {@code nodeFile}, in its order, with their addresses from this
   * book.
   *
   * <p>Names are compared as they are, and then by what stands before the first dot, as the launch
   * scripts of C++ Copper do.
   *
   * @throws AddressBookException if the file cannot be read, is empty, or names hosts that are not
   *     here
   */
  public AddressBook select(Path nodeFile) throws AddressBookException {
    Map<String, Entry> byName = new HashMap<>();
    for (Entry entry : entries) {
      byName.putIfAbsent(shortName(entry.host()), entry);
    }
    for (Entry entry : entries) {
      byName.put(entry.host(), entry);
    }
    Set<Entry> chosen = new LinkedHashSet<>();
    List<String> missing = new ArrayList<>();
    List<String> remarks = new ArrayList<>(notes);
    for (String line : lines(nodeFile)) {
      String host = line.strip();
      Entry entry = byName.getOrDefault(host, byName.get(shortName(host)));
      if (host.isEmpty()) {
        remarks.add(nodeFile + ": an empty line");
      } else if (entry == null) {
        missing.add(host);
      } else if (!chosen.add(entry)) {
        remarks.add(nodeFile + ": " + host + " is there more than once");
      }
    }
    if (!missing.isEmpty()) {
      throw new AddressBookException(
          "no address for "
              + named(missing)
              + " of "
              + nodeFile
              + " in the address book; add a line 'HOST ADDRESS' for each");
    }
    if (chosen.isEmpty()) {
      throw new AddressBookException(nodeFile + " names no host");
    }
    return new AddressBook(List.copyOf(chosen), remarks);
  }

  private static String named(List<String> hosts) {
    String first = hosts.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
    int more = hosts.size() - MOST_NAMED;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  /** Returns what stands before the first dot of a host name. */
  static String shortName(String host) {
    int dot = host.indexOf('.');
    return dot < 0 ? host : host.substring(0, dot);
  }

  /**
   * Writes the book to {@code file}, whole or not at all.
   *
   * @throws IOException if the directory cannot be written
   */
  public void write(Path file) throws IOException {
    Path partial = Files.createTempFile(file.toAbsolutePath().getParent(), FILE_NAME, ".tmp");
    try {
      Files.writeString(
          partial,
          entries.stream().map(Entry::line).collect(Collectors.joining()),
          StandardCharsets.ISO_8859_1);
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
