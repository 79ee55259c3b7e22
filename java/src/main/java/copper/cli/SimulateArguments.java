package copper.cli;

import copper.cache.Budget;
import copper.config.PushMode;
import copper.config.UsageException;
import copper.config.WholeNumber;
import copper.simulate.Parameters;
import copper.store.CooperativeStore;
import copper.tree.TreeRule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/** The flags of {@code copper simulate}. */
final class SimulateArguments {
  private static final long MEGA = 1_000_000;
  private static final String DEFAULT_NODES = "32,128,512,2048,10624";

  private static final Pattern LOSS = Pattern.compile("(\\d{1,9})@(\\d{1,9})");

  private static final Options OPTIONS = options();

  private final CommandLine line;

  private SimulateArguments(CommandLine line) {
    this.line = line;
  }

  private static Options options() {
    Options all = new Options();
    value(
        all,
        "trace",
        "FILE",
        "what cu_fuse -record_trace wrote; required; given more than once, nodes take turns");
    value(all, "nodes", "N,...", "numbers of nodes to simulate (default " + DEFAULT_NODES + ")");
    value(all, "csv", "FILE", "where the numbers go (default: the standard output)");
    value(all, "plot", "FILE", "where a picture goes, in SVG");
    all.addOption(
        "from_trace",
        false,
        "take names and sizes from the trace alone, and not from the directory it was recorded of");
    value(all, "trees", "N", "number of trees (default 1)");
    value(
        all, "fanout", "N", "children of a node (default: as C++ Copper for the number of nodes)");
    value(all, "tree", "SHAPE", "original, or auto: the fan-out that suits (default original)");
    value(all, "latency_us", "US", "of the network (default 10)");
    value(all, "bandwidth_mb", "MB", "per second, of each node, either way (default 1200)");
    value(all, "message_us", "US", "work of a node for each message (default 10)");
    value(all, "storage_latency_us", "US", "of each operation (default 1000)");
    value(all, "storage_bandwidth_mb", "MB", "per second, of all roots (default 2000)");
    value(all, "storage_concurrency", "N", "operations at a time (default 64)");
    value(all, "storage_threads", "N", "operations at a time of each root (default 32)");
    value(all, "request_us", "US", "cost of a request to its node (default 20)");
    value(all, "spread_ms", "MS", "the programs start within this time (default 10)");
    value(all, "jitter_percent", "N", "how much latencies and pauses differ (default 10)");
    value(all, "longest_pause_ms", "MS", "longer pauses of the program are cut (default 1000)");
    value(all, "lose", "NODE@MS,...", "nodes of the book, from 0, that fall silent, and when");
    value(all, "seed", "N", "of the jitter (default 1)");
    value(all, "md_enoent_ttl_ms", "MS", "as for cu_fuse (default 100)");
    value(all, "max_cacheable_byte_size", "BYTES", "as for cu_fuse (default 1048576)");
    value(all, "push", "MODE", "off, on or auto, as for cu_fuse (default off)");
    value(all, "memory_mb", "MB", "of each node, of which its caches take most (default 4096)");
    all.addOption("h", "help", false, "print this text");
    return all;
  }

  private static void value(Options options, String name, String argument, String description) {
    options.addOption(Option.builder(name).hasArg().argName(argument).desc(description).get());
  }

  /** Returns the help text. */
  static String help() {
    StringBuilder text =
        new StringBuilder("usage: copper simulate -trace FILE [-nodes N,...] [flags]\n\n");
    for (Option option : OPTIONS.getOptions()) {
      String name = "-" + option.getOpt() + (option.hasArg() ? " " + option.getArgName() : "");
      text.append(String.format("  %-32s %s%n", name, option.getDescription()));
    }
    return text.toString();
  }

  /**
   * Reads the command line.
   *
   * @throws UsageException if it is wrong
   */
  static SimulateArguments parse(String[] arguments) throws UsageException {
    try {
      CommandLine line =
          DefaultParser.builder().setAllowPartialMatching(false).get().parse(OPTIONS, arguments);
      if (!line.getArgList().isEmpty()) {
        throw new UsageException("'" + line.getArgList().get(0) + "' is no flag");
      }
      return new SimulateArguments(line);
    } catch (ParseException e) {
      throw new UsageException(e.getMessage() + "; copper simulate --help lists the flags", e);
    }
  }

  List<Path> traces() throws UsageException {
    String[] files = line.getOptionValues("trace");
    if (files == null) {
      throw new UsageException("the flag -trace is missing");
    }
    if (files.length > 1 && isFromTrace()) {
      throw new UsageException("-from_trace takes names from one -trace, not from several");
    }
    return Arrays.stream(files).map(Path::of).toList();
  }

  Optional<Path> csv() {
    return file("csv");
  }

  Optional<Path> plot() {
    return file("plot");
  }

  private Optional<Path> file(String flag) {
    return Optional.ofNullable(line.getOptionValue(flag)).map(Path::of);
  }

  boolean isFromTrace() {
    return line.hasOption("from_trace");
  }

  List<Integer> nodes() throws UsageException {
    String text = line.getOptionValue("nodes", DEFAULT_NODES);
    int least = trees();
    try {
      List<Integer> counts =
          Arrays.stream(text.split(",", -1)).map(String::strip).map(Integer::valueOf).toList();
      if (counts.stream().allMatch(count -> count >= least)) {
        return counts.stream().sorted().distinct().toList();
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw new UsageException(
        "-nodes takes whole numbers with commas between them, none less than -trees, not '"
            + text
            + "'");
  }

  private int trees() throws UsageException {
    return (int) number("trees", 1, 1, Integer.MAX_VALUE);
  }

  boolean isAutomatic() throws UsageException {
    String shape = line.getOptionValue("tree", "original");
    if (!shape.equals("original") && !shape.equals("auto")) {
      throw new UsageException("-tree is original or auto, not '" + shape + "'");
    }
    return shape.equals("auto");
  }

  private OptionalInt fanOut() throws UsageException {
    return line.hasOption("fanout")
        ? OptionalInt.of(
            (int) number("fanout", 0, TreeRule.LEAST_FAN_OUT, TreeRule.LARGEST_FAN_OUT))
        : OptionalInt.empty();
  }

  Parameters parameters() throws UsageException {
    return new Parameters(
        new TreeRule(trees(), fanOut(), false),
        new Parameters.Links(
            micros("latency_us", 10), speed("bandwidth_mb", 1200), micros("message_us", 10)),
        new Parameters.StorageSpeed(
            micros("storage_latency_us", 1000),
            speed("storage_bandwidth_mb", 2000),
            (int) number("storage_concurrency", 64, 1, 1_000_000),
            (int) number("storage_threads", 32, 1, 1000)),
        new Parameters.Load(
            micros("request_us", 20),
            millis("spread_ms", 10),
            number("jitter_percent", 10, 0, 100) / 100.0,
            millis("longest_pause_ms", 1000)),
        limits(),
        PushMode.parse(line.getOptionValue("push", "off")),
        losses(),
        number("seed", 1, Long.MIN_VALUE, Long.MAX_VALUE));
  }

  private List<Parameters.Loss> losses() throws UsageException {
    List<Parameters.Loss> losses = new ArrayList<>();
    String text = line.getOptionValue("lose");
    int most = nodes().get(0);
    for (String word : text == null ? List.<String>of() : List.of(text.split(",", -1))) {
      Matcher loss = LOSS.matcher(word.strip());
      if (!loss.matches() || Integer.parseInt(loss.group(1)) >= most) {
        throw new UsageException(
            "-lose takes nodes, from 0 to less than the fewest -nodes, each with '@' and a time in"
                + " ms, and commas between them, not '"
                + text
                + "'");
      }
      losses.add(
          new Parameters.Loss(
              Integer.parseInt(loss.group(1)),
              TimeUnit.MILLISECONDS.toNanos(Long.parseLong(loss.group(2)))));
    }
    return losses;
  }

  private CooperativeStore.Limits limits() throws UsageException {
    long memory = number("memory_mb", 4096, 16, 1 << 30) * MEGA;
    return new CooperativeStore.Limits(
        number("max_cacheable_byte_size", 1048576, 0, Long.MAX_VALUE),
        Duration.ofMillis(number("md_enoent_ttl_ms", 100, 0, Integer.MAX_VALUE)),
        Budget.of(memory, memory));
  }

  private long micros(String flag, long otherwise) throws UsageException {
    return TimeUnit.MICROSECONDS.toNanos(number(flag, otherwise, 0, 1_000_000_000));
  }

  private long millis(String flag, long otherwise) throws UsageException {
    return TimeUnit.MILLISECONDS.toNanos(number(flag, otherwise, 0, 1_000_000_000));
  }

  private long speed(String flag, long otherwise) throws UsageException {
    return number(flag, otherwise, 1, 1_000_000_000) * MEGA;
  }

  private long number(String flag, long otherwise, long min, long max) throws UsageException {
    return WholeNumber.of("-" + flag, line.getOptionValue(flag), otherwise, min, max);
  }
}
