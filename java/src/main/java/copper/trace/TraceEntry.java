package copper.trace;

import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import java.util.regex.Pattern;

/**
 * A request and what became of it.
 *
 * @param start when it was asked, in µs since the recording began
 * @param took how long the answer took, in µs
 * @param operation what was asked
 * @param cached whether it was answered without asking the parent or storage, and without waiting
 * @param path the path on storage
 * @param offset where a read begins, in bytes; 0 otherwise
 * @param length how many bytes a read may bring; 0 otherwise
 * @param answer what the answer was
 */
public record TraceEntry(
    long start,
    long took,
    Operation operation,
    boolean cached,
    RawPath path,
    long offset,
    int length,
    Answer answer) {
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,19}");
  private static final Pattern MODE = Pattern.compile("[0-7]{1,7}");

  /** More than any recording lasts; the sum of two of them is a number still. */
  private static final long MOST_MICROS = Long.MAX_VALUE / 4;

  /**
   * The outline of an answer.
   *
   * @param errno 0, or the errno the user saw
   * @param mode type and permission bits, of {@link Operation#STAT}; 0 otherwise
   * @param size of STAT the file's length in bytes, of LIST the number of names, of READ and LINK
   *     the bytes that came; 0 otherwise
   */
  public record Answer(int errno, int mode, long size) {
    /** Returns the outline of an answer of so many names or bytes. */
    public static Answer of(long size) {
      return new Answer(0, 0, size);
    }

    /** Returns the outline of attributes. */
    public static Answer of(FileStat stat) {
      return new Answer(0, stat.mode(), stat.size());
    }

    /** Returns the outline of a failure. */
    public static Answer failure(int errno) {
      return new Answer(errno, 0, 0);
    }
  }

  /** Returns when the answer came, in µs since the recording began. */
  public long end() {
    return start + took;
  }

  /** Returns the line that stands for this in a trace, without its end. */
  String line() {
    return start
        + " "
        + took
        + " "
        + operation.word()
        + " "
        + (cached ? 'c' : 'w')
        + " "
        + answer.errno()
        + " "
        + Integer.toOctalString(answer.mode())
        + " "
        + answer.size()
        + " "
        + offset
        + " "
        + length
        + " "
        + path;
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is none
   */
  static TraceEntry parse(String line) {
    // The path comes last and may have blanks in it.
    String[] words = line.split(" ", 10);
    if (words.length != 10) {
      throw new IllegalArgumentException("a request has 10 words, this line " + words.length);
    }
    Operation operation =
        Operation.of(words[2])
            .orElseThrow(
                () -> new IllegalArgumentException("the operation '" + words[2] + "' is unknown"));
    if (!words[3].equals("c") && !words[3].equals("w")) {
      throw new IllegalArgumentException("the fourth word is c or w, not '" + words[3] + "'");
    }
    return new TraceEntry(
        number(words[0], MOST_MICROS),
        number(words[1], MOST_MICROS),
        operation,
        words[3].equals("c"),
        EscapedPath.parse(words[9]),
        number(words[7], Long.MAX_VALUE),
        (int) number(words[8], Integer.MAX_VALUE),
        new Answer(
            (int) number(words[4], Errno.MAX), mode(words[5]), number(words[6], Long.MAX_VALUE)));
  }

  /** Digits alone: what Java takes for a number besides was not written by a recorder. */
  private static long number(String word, long most) {
    if (!DIGITS.matcher(word).matches()) {
      throw new IllegalArgumentException("'" + word + "' is no number");
    }
    long value = Long.parseLong(word);
    if (value > most) {
      throw new IllegalArgumentException(word + " is more than " + most);
    }
    return value;
  }

  private static int mode(String word) {
    if (!MODE.matcher(word).matches()) {
      throw new IllegalArgumentException("'" + word + "' is no mode in octal");
    }
    return Integer.parseInt(word, 8);
  }
}
