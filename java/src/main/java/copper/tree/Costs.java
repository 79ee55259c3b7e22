package copper.tree;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What it costs to bring a program to the nodes of a tree: the network's part, and the program's.
 *
 * <p>Nodes choose a shape by these numbers and must all have the same, so they come from a file
 * beside the address book and are never measured by a node for itself.
 *
 * @param latency from one node to another, in ns
 * @param bandwidth of a node, either way, in bytes per second
 * @param message work of a node for each message it sends or gets, in ns
 * @param program how long the program runs where its node has all it asks for, in ns; what the root
 *     waits for storage is in it
 * @param calls how often a node calls its parent for it
 * @param bytes how much comes to a node for it: the sizes of its files and directories
 * @param contended for how many bytes to each further child of its parent a node waits: all where
 *     the children want the same at the same moment, none where they get out of each other's way
 */
public record Costs(
    long latency,
    long bandwidth,
    long message,
    long program,
    long calls,
    long bytes,
    long contended) {
  /** What the name of a book's file of costs has after the book's own. */
  public static final String SUFFIX = ".costs";

  /**
   * Costs where nobody has measured any: the embedded network on two cores, and the import of numpy
   * through a mount that starts cold.
   */
  public static final Costs DEFAULT =
      new Costs(10_000, 1_200_000_000, 10_000, 1_470_000_000, 197, 40_600_000, 10_800_000);

  private static final long MOST = 1L << 53;

  /** Checks the numbers: all of them positive, but for those that may be 0. */
  public Costs {
    if (latency < 0
        || bandwidth < 1
        || message < 0
        || program < 0
        || calls < 1
        || bytes < 0
        || contended < 0
        || Math.max(Math.max(latency, bandwidth), Math.max(message, program)) > MOST
        || Math.max(calls, Math.max(bytes, contended)) > MOST) {
      throw new IllegalArgumentException("costs out of range");
    }
  }

  /** Returns the file in which the costs for the jobs of {@code book} are. */
  public static Path file(Path book) {
    return book.resolveSibling(book.getFileName() + SUFFIX);
  }

  /**
   * Returns the costs beside {@code book}, or the default where there are none.
   *
   * @throws AddressBookException if there is a file that cannot be read or understood
   */
  public static Costs beside(Path book) throws AddressBookException {
    Path file = file(book);
    return Files.exists(file) ? DEFAULT.with(TextFile.lines(file), file.toString()) : DEFAULT;
  }

  /**
   * Returns these costs with others in place of those that {@code lines} name.
   *
   * @param place what the lines are of, for messages
   * @throws AddressBookException if a line is none of {@link #lines}
   */
  public Costs with(List<String> lines, String place) throws AddressBookException {
    Map<String, Long> values = values();
    for (String line : lines) {
      String[] words = line.strip().split(" +", -1);
      if (line.isBlank()) {
        continue;
      }
      if (words.length != 2 || !values.containsKey(words[0]) || !words[1].matches("\\d{1,15}")) {
        throw wrong(place, "a line is a name and a number, not '" + TextFile.shown(line) + "'");
      }
      values.put(words[0], Long.valueOf(words[1]));
    }
    Long[] v = values.values().toArray(Long[]::new);
    try {
      return new Costs(v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
    } catch (IllegalArgumentException e) {
      throw wrong(place, "bandwidth_bytes_s and calls are at least 1");
    }
  }

  private static AddressBookException wrong(String place, String what) {
    return new AddressBookException(
        place + ": " + what + "; have 'copper tree --advise --write' make it anew");
  }

  private Map<String, Long> values() {
    Map<String, Long> values = new LinkedHashMap<>();
    values.put("latency_ns", latency);
    values.put("bandwidth_bytes_s", bandwidth);
    values.put("message_ns", message);
    values.put("program_ns", program);
    values.put("calls", calls);
    values.put("bytes", bytes);
    values.put("contended_bytes", contended);
    return values;
  }

  /** Returns what a call of the parent takes where it has what is asked for and time, in ns. */
  public double call() {
    return 2.0 * latency + 4.0 * message + 2 * wire((double) bytes / calls);
  }

  /** Returns how long so many bytes take on a node's link, in ns. */
  double wire(double length) {
    return length * 1e9 / bandwidth;
  }

  /** Returns these costs of the network with others of the program. */
  public Costs withProgram(long newProgram, long newCalls, long newBytes, long newContended) {
    return new Costs(latency, bandwidth, message, newProgram, newCalls, newBytes, newContended);
  }

  /** Returns the lines of a file of costs. */
  public List<String> lines() {
    return values().entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList();
  }
}
