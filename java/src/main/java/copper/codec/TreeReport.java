package copper.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The answer of every RPC that goes down the tree: what became of it on a node and below.
 *
 * @param done the number of nodes that did it
 * @param missed those that did not
 * @param numbers what the RPC counts: of each node, or of all together
 * @param problems what went wrong on nodes that did it, a line each; the first few
 * @param moreProblems how many more there were
 */
public record TreeReport(
    int done,
    List<Missed> missed,
    List<Numbers> numbers,
    List<String> problems,
    long moreProblems) {
  /**
   * So many problems are named; a file that cannot be read is one on each of ten thousand nodes.
   */
  private static final int MOST_PROBLEMS = 20;

  /** A report of no node. */
  public static final TreeReport NONE = new TreeReport(0, List.of(), List.of(), List.of(), 0);

  /** Takes unmodifiable copies of the lists, and of the problems the first few. */
  public TreeReport {
    missed = List.copyOf(missed);
    numbers = List.copyOf(numbers);
    moreProblems += Math.max(0, problems.size() - MOST_PROBLEMS);
    problems = List.copyOf(problems.subList(0, Math.min(problems.size(), MOST_PROBLEMS)));
  }

  /**
   * A node that did not do it.
   *
   * @param host its host name in the book
   * @param address its address in the book
   * @param why the reason, in words
   */
  public record Missed(String host, String address, String why) {}

  /**
   * Named numbers.
   *
   * @param host the node they are of; empty for all together
   * @param address its address; empty for all together
   * @param values the numbers in their order
   */
  public record Numbers(String host, String address, Map<String, Long> values) {
    private static final int FEWEST_BYTES = 24;

    /** Takes a copy that keeps the order. */
    public Numbers {
      values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    private void write(CerealOutput output) {
      output.bytes(utf8(host)).bytes(utf8(address)).i64(values.size());
      values.forEach((name, value) -> output.bytes(utf8(name)).i64(value));
    }

    private static Numbers read(CerealInput input) {
      String host = text(input);
      String address = text(input);
      Map<String, Long> values = new LinkedHashMap<>();
      for (int left = input.count(16); left > 0; left--) {
        String name = text(input);
        if (values.put(name, input.i64()) != null) {
          throw input.wrong("two numbers named " + name);
        }
      }
      return new Numbers(host, address, values);
    }
  }

  /** Returns a report of one node that did it. */
  public static TreeReport of(List<Numbers> numbers, List<String> problems) {
    return new TreeReport(1, List.of(), numbers, problems, 0);
  }

  /** Returns a report of one node that did not do it. */
  public static TreeReport missed(String host, String address, String why) {
    return new TreeReport(0, List.of(new Missed(host, address, why)), List.of(), List.of(), 0);
  }

  /** Returns this report and {@code other} in one. */
  public TreeReport plus(TreeReport other) {
    return new TreeReport(
        done + other.done,
        joined(missed, other.missed),
        joined(numbers, other.numbers),
        joined(problems, other.problems),
        moreProblems + other.moreProblems);
  }

  /** Returns this report with all numbers of one name added up. */
  public TreeReport summed() {
    if (numbers.size() < 2) {
      return this;
    }
    Map<String, Long> sums = new LinkedHashMap<>();
    numbers.forEach(of -> of.values().forEach((name, value) -> sums.merge(name, value, Long::sum)));
    return new TreeReport(done, missed, List.of(new Numbers("", "", sums)), problems, moreProblems);
  }

  private static <T> List<T> joined(List<T> one, List<T> other) {
    return Stream.concat(one.stream(), other.stream()).toList();
  }

  /** Returns the answer's bytes. */
  public ByteBuffer encode() {
    CerealOutput output = new CerealOutput(256);
    output.i64(done).i64(missed.size());
    for (Missed node : missed) {
      output.bytes(utf8(node.host())).bytes(utf8(node.address())).bytes(utf8(node.why()));
    }
    output.i64(numbers.size());
    numbers.forEach(of -> of.write(output));
    output.i64(problems.size());
    problems.forEach(problem -> output.bytes(utf8(problem)));
    return output.i64(moreProblems).toBuffer();
  }

  /**
   * Reads an answer.
   *
   * @throws CodecException if it is none
   */
  public static TreeReport decode(ByteBuffer payload) {
    CerealInput input = new CerealInput(payload, "answer down the tree");
    long done = input.i64();
    List<Missed> missed = new ArrayList<>();
    for (int left = input.count(24); left > 0; left--) {
      missed.add(new Missed(text(input), text(input), text(input)));
    }
    List<Numbers> numbers = new ArrayList<>();
    for (int left = input.count(Numbers.FEWEST_BYTES); left > 0; left--) {
      numbers.add(Numbers.read(input));
    }
    List<String> problems = new ArrayList<>();
    for (int left = input.count(8); left > 0; left--) {
      problems.add(text(input));
    }
    long more = input.i64();
    input.end();
    if (done < 0 || done > Integer.MAX_VALUE || more < 0) {
      throw input.wrong(done + " nodes");
    }
    return new TreeReport((int) done, missed, numbers, problems, more);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(CerealInput input) {
    return new String(input.bytes(), StandardCharsets.UTF_8);
  }
}
