package copper.tree;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import copper.config.IoReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The nodes of a job in the order that makes the trees: a host name and an address each.
 *
 * <p>The file has a line for each, name and address with white space between them. C++ Copper
 * (src/copper/node_tree.cpp) passes over what it cannot use; here a malformed line, an address that
 * stands twice and a host without an address are errors, for a tree that lacks nodes is another
 * tree than its other nodes have. Immutable.
 *
 * @param entries the nodes
 * @param notes what is odd but harmless, a line each, for the log
 */
public record AddressBook(List<Entry> entries, List<String> notes) {
  /** The name under which a run's log directory keeps the job's book. */
  public static final String FILE_NAME = "copper_address_book.txt";

  private static final int LONGEST_LINE = 4096;

  /** Takes unmodifiable copies of the lists. */
  public AddressBook {
    entries = List.copyOf(entries);
    notes = List.copyOf(notes);
  }

  /**
   * A node.
   *
   * @param host its host name
   * @param address its address, exactly as its transport prints it
   */
  public record Entry(String host, String address) {
    private String line() {
      return host + " " + address + "\n";
    }
  }

  /**
   * Reads the book in {@code file}; blank lines are noted.
   *
   * @throws AddressBookException if it cannot be read, names no node, or has a line that is wrong
   */
  public static AddressBook read(Path file) throws AddressBookException {
    return read(file, TextFile.lines(file));
  }

  /** As {@link #read(Path)}, of lines that were read from {@code file}. */
  static AddressBook read(Path file, List<String> lines) throws AddressBookException {
    List<Entry> entries = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    Map<String, Integer> lineOfAddress = new HashMap<>();
    int number = 0;
    for (String line : lines) {
      number++;
      String place = file + ":" + number;
      if (line.isBlank()) {
        notes.add(place + ": a blank line");
        continue;
      }
      Entry entry = entry(place, line);
      Integer before = lineOfAddress.putIfAbsent(entry.address(), number);
      if (before != null) {
        throw new AddressBookException(
            place
                + ": address "
                + entry.address()
                + " is on line "
                + before
                + " already; remove one of the two");
      }
      entries.add(entry);
    }
    if (entries.isEmpty()) {
      throw new AddressBookException(file + " names no node; write a line 'HOST ADDRESS' for each");
    }
    return new AddressBook(entries, notes);
  }

  private static Entry entry(String place, String line) throws AddressBookException {
    String[] words = line.strip().split("[ \t]+", -1);
    boolean wrong = words.length != 2 || line.length() > LONGEST_LINE;
    if (wrong || TextFile.hasControl(words[0]) || TextFile.hasControl(words[1])) {
      throw new AddressBookException(
          place + ": a line is 'HOST ADDRESS', not '" + TextFile.shown(line) + "'; correct it");
    }
    return new Entry(words[0], words[1]);
  }

  /**
   * Returns the book of the hosts in {@code nodeFile}, in its order, with their addresses from this
   * book. A host that is there several times, as some schedulers write it for each rank, counts
   * once and is noted, as blank lines are.
   *
   * @throws AddressBookException if the file cannot be read or names no host, or if this book has
   *     no address, or several, for one
   */
  public AddressBook select(Path nodeFile) throws AddressBookException {
    return new NodeFileSelection(this, nodeFile, TextFile.lines(nodeFile)).select();
  }

  /**
   * Adds a node to the book in {@code file}, which is made if need be, unless it is there already;
   * as C++ Copper does (push_back_address in src/copper/node_tree.cpp).
   *
   * <p>Many processes may do so at once: a lock on the file parts ours, and that each line is
   * appended in one piece parts them from the original's, which take another kind of lock.
   *
   * @throws AddressBookException if it cannot be written
   */
  public static void append(Path file, Entry entry) throws AddressBookException {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      // Closing any channel of the file gives the lock up, so it is read through this very one.
      try (FileChannel locked = FileChannel.open(file, CREATE, READ, WRITE)) {
        FileLock lock = locked.lock();
        ByteBuffer text = ByteBuffer.allocate(Math.toIntExact(locked.size()));
        while (text.hasRemaining() && locked.read(text) > 0) {}
        String lines = new String(text.array(), StandardCharsets.ISO_8859_1);
        if (lock.isValid() && lines.lines().noneMatch(entry.line().strip()::equals)) {
          Files.writeString(file, entry.line(), StandardCharsets.ISO_8859_1, APPEND);
        }
      }
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static AddressBookException unwritable(Path file, IOException e) {
    return new AddressBookException(
        file + " cannot be written (" + IoReason.of(e) + "); check -log_output_dir", e);
  }

  /**
   * Writes the book to {@code file}, whole or not at all; its directory is made if need be.
   *
   * <p>Many nodes may do so at once where they share the directory.
   *
   * @throws AddressBookException if it cannot be written
   */
  public void write(Path file) throws AddressBookException {
    Path directory = file.toAbsolutePath().getParent();
    String text = entries.stream().map(Entry::line).collect(Collectors.joining());
    try {
      Files.createDirectories(directory);
      // Readable by all, as the original's is; createTempFile alone would let nobody else in.
      Path partial =
          Files.createTempFile(
              directory,
              FILE_NAME,
              ".tmp",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
      try {
        Files.writeString(partial, text, StandardCharsets.ISO_8859_1);
        Files.move(
            partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }
}
