package copper.config;

import copper.model.RawPath;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/**
 * The flags of {@code cu_fuse}: names, defaults and meaning of C++ Copper's (src/fs/util.cpp,
 * src/fs/constants.h), and some of our own.
 *
 * <p>C++ Copper hands what it does not know to FUSE; here FUSE's flags are known too, and a flag
 * nobody knows is an error. Of a flag that is given twice the last one counts, so that a user can
 * add flags behind those of a script; -o, -allow and -deny add up.
 */
public final class CommandLine {
  /** The environment variable that names the secret file where no flag does. */
  public static final String SECRET_VARIABLE = "COPPER_SECRET_FILE";

  private static final int MOST_CHILDREN = 65_536;
  private static final int MOST_TOP_PATHS = 10_000;

  private static final Options OPTIONS = options();

  private CommandLine() {}

  private static Options options() {
    Options all = new Options();
    value(all, "tpath", "DIR", "directory to mirror (default /)");
    value(all, "vpath", "DIR", "where applications see it; required");
    value(all, "allow", "PATH", "serve only this and all below it; may be given more than once");
    value(all, "deny", "PATH", "do not serve this or anything below; may be given more than once");
    value(all, "net_type", "NET", "network, e.g. copper+tcp://127.0.0.1:7001 (default cxi)");
    value(all, "nf", "FILE", "node file: the job's hosts, one a line");
    value(all, "facility_address_book", "FILE", "address book: lines of host and address");
    value(
        all,
        "prefiltered_address_book",
        "0|1",
        "the book holds this job's nodes alone (default 0)");
    value(all, "trees", "N", "number of trees (default 1)");
    value(
        all,
        "fanout",
        "N",
        "the most children a node has (default: as C++ Copper, by their number)");
    value(
        all,
        "tree",
        "SHAPE",
        "original, or auto: choose the fan-out, and parents by racks (default original)");
    value(
        all,
        "addr_write_sync_time",
        "S",
        "without -nf: how long to wait until all nodes have written their addresses (default 5)");
    value(
        all,
        "max_cache_bytes",
        "BYTES",
        "the most that is kept in memory, e.g. 512m or 8g (default: a quarter of the memory)");
    value(all, "cache_dir", "DIR", "local directory for file data that memory has no room for");
    value(
        all,
        "max_spill_bytes",
        "BYTES",
        "the most that is kept in -cache_dir (default: half of what is free there)");
    value(
        all,
        "max_cacheable_byte_size",
        "BYTES",
        "files of this size or larger are not asked of a C++ parent (default 1048576)");
    value(all, "md_enoent_ttl_ms", "MS", "how long a missing name is remembered (default 100)");
    value(
        all,
        "failover_ms",
        "MS",
        "how long a parent may give no sign of life until others are asked (default 3000)");
    value(
        all,
        "push",
        "MODE",
        "off, on or auto: send children what others ask for before they do (default off)");
    value(
        all, "log_level", "N", "0 none, 1 fatal, 2 error, 3 warning, 4 info, 5 debug (default 0)");
    value(all, "log_type", "TYPE", "file, stdout or file_and_stdout (default file_and_stdout)");
    value(all, "log_output_dir", "DIR", "directory of this run's logs and counters");
    value(all, "es", "N", "threads that serve other nodes on a Margo network (default 1)");
    value(all, "secret_file", "FILE", "the job's secret, mode 0600 (default $COPPER_SECRET_FILE)");
    all.addOption(
        "require_auth", false, "neither serve nor ask nodes that cannot prove the job's secret");
    value(all, "record_trace", "FILE", "write down what is asked for; %h in it is the host's name");
    profiling(all);
    value(all, "fuse", "MOUNT", "what mounts: auto, kernel or jnr (default auto)");
    all.addOption(
        "no_guardian", false, "start no guardian, which unmounts if the node is killed or crashes");
    all.addOption("end_with_parent", false, "unmount and end when the process that starts it ends");
    all.addOption("f", false, "stay in the foreground");
    all.addOption("d", false, "print FUSE requests; stay in the foreground");
    all.addOption(
        "s",
        false,
        "accepted for the sake of job scripts; requests are always answered in parallel");
    value(all, "o", "OPTIONS", "mount options, e.g. allow_other");
    all.addOption("h", "help", false, "print this text");
    all.addOption("V", "version", false, "print the version");
    return all;
  }

  private static void profiling(Options all) {
    all.addOption("profile_metrics", false, "write profiles of this run into -log_output_dir");
    value(all, "profile_top_n", "N", "and in them the N most used paths of each kind (default 0)");
    all.addOption("profile_paths_full", false, "and every path, in tables beside them");
    value(
        all,
        "profile_snapshot_interval_s",
        "S",
        "and write them every S seconds too (default 0: at the end)");
    value(all, "metrics_port", "N", "serve metrics for Prometheus on 127.0.0.1:N (default: off)");
    all.addOption(
        Option.builder().longOpt("plus").desc("accepted for the sake of job scripts").get());
  }

  private static void value(Options options, String name, String argument, String description) {
    options.addOption(Option.builder(name).hasArg().argName(argument).desc(description).get());
  }

  /** Tells whether {@code arguments} ask for the help text. */
  public static boolean asksForHelp(String[] arguments) {
    return List.of(arguments).contains("-h") || List.of(arguments).contains("--help");
  }

  /** Tells whether {@code arguments} ask for the version. */
  public static boolean asksForVersion(String[] arguments) {
    return List.of(arguments).contains("-V") || List.of(arguments).contains("--version");
  }

  /** Returns the help text. The man page is made from it, a flag a line, two blanks between. */
  public static String help() {
    StringBuilder text =
        new StringBuilder("usage: cu_fuse [FUSE flags] -vpath DIR [flags] MOUNT_POINT\n\n");
    for (Option option : OPTIONS.getOptions()) {
      String name = name(option);
      if (option.getOpt() != null && option.getLongOpt() != null) {
        name += ", --" + option.getLongOpt();
      } else if (option.hasArg()) {
        name += " " + option.getArgName();
      }
      text.append(String.format("  %-34s %s%n", name, option.getDescription()));
    }
    return text.toString();
  }

  private static String name(Option option) {
    return option.getOpt() == null ? "--" + option.getLongOpt() : "-" + option.getOpt();
  }

  /**
   * Reads the command line.
   *
   * @param environmentSecret the value of {@link #SECRET_VARIABLE}, or null
   * @throws UsageException if a flag is unknown, lacks its value or has one that cannot be
   */
  public static CopperConfig parse(String[] arguments, String environmentSecret)
      throws UsageException {
    org.apache.commons.cli.CommandLine line = parseFlags(arguments);
    RawPath view = path(line, "vpath", null);
    return new CopperConfig(
        path(line, "tpath", "/"),
        new CopperConfig.Narrowing(paths(line, "allow"), paths(line, "deny")),
        view,
        mountPoint(line, view),
        last(line, "net_type", "cxi"),
        file(line, "nf"),
        file(line, "facility_address_book"),
        number(line, "prefiltered_address_book", 0, 0, 1) == 1,
        (int) number(line, "trees", 1, 1, Integer.MAX_VALUE),
        fanOut(line),
        automaticTree(line),
        Duration.ofSeconds(number(line, "addr_write_sync_time", 5, 0, 86_400)),
        number(line, "max_cacheable_byte_size", 1048576, 0, Long.MAX_VALUE),
        Duration.ofMillis(number(line, "md_enoent_ttl_ms", 100, 0, Integer.MAX_VALUE)),
        Duration.ofMillis(number(line, "failover_ms", 3000, 100, 3_600_000)),
        PushMode.parse(last(line, "push", "off")),
        // The older documentation of C++ Copper numbers the levels to 6.
        (int) Math.min(5, number(line, "log_level", 0, 0, 6)),
        logType(line),
        file(line, "log_output_dir"),
        (int) number(line, "es", 1, 1, 1024),
        secretFile(line, environmentSecret),
        requireAuth(line, environmentSecret),
        file(line, "record_trace"),
        profiling(line),
        port(line),
        new CopperConfig.Ending(!line.hasOption("no_guardian"), line.hasOption("end_with_parent")),
        fuseOptions(line),
        CacheOptions.parse(
            last(line, "max_cache_bytes", null),
            file(line, "cache_dir"),
            last(line, "max_spill_bytes", null)),
        notes(line));
  }

  private static List<String> notes(org.apache.commons.cli.CommandLine line) throws UsageException {
    return profiling(line).enabled() && file(line, "log_output_dir").isEmpty()
        ? List.of("profiles are written into -log_output_dir, which is not given")
        : List.of();
  }

  /** Each of the flags implies -profile_metrics, as in C++ Copper. */
  private static CopperConfig.Profiling profiling(org.apache.commons.cli.CommandLine line)
      throws UsageException {
    int topN = (int) number(line, "profile_top_n", 0, 0, MOST_TOP_PATHS);
    long interval = number(line, "profile_snapshot_interval_s", 0, 0, 86_400);
    boolean full = line.hasOption("profile_paths_full");
    return new CopperConfig.Profiling(
        line.hasOption("profile_metrics") || topN > 0 || interval > 0 || full,
        topN,
        full,
        Duration.ofSeconds(interval));
  }

  private static OptionalInt fanOut(org.apache.commons.cli.CommandLine line) throws UsageException {
    return line.hasOption("fanout")
        ? OptionalInt.of((int) number(line, "fanout", 0, 2, MOST_CHILDREN))
        : OptionalInt.empty();
  }

  private static boolean automaticTree(org.apache.commons.cli.CommandLine line)
      throws UsageException {
    String text = last(line, "tree", "original");
    return switch (text) {
      case "original" -> false;
      case "auto" -> true;
      default -> throw new UsageException("-tree is original or auto, not '" + text + "'");
    };
  }

  private static OptionalInt port(org.apache.commons.cli.CommandLine line) throws UsageException {
    return line.hasOption("metrics_port")
        ? OptionalInt.of((int) number(line, "metrics_port", 0, 1, 65_535))
        : OptionalInt.empty();
  }

  private static org.apache.commons.cli.CommandLine parseFlags(String[] arguments)
      throws UsageException {
    for (String word : arguments) {
      // Taken apart as -f -o it would be the option o that is blamed.
      if (word.matches("-[fds]+o.+")) {
        throw new UsageException(
            "unknown flag " + word + "; give -o and its options by themselves");
      }
    }
    try {
      return DefaultParser.builder()
          .setAllowPartialMatching(false)
          .setStripLeadingAndTrailingQuotes(false)
          .get()
          .parse(OPTIONS, arguments);
    } catch (MissingArgumentException e) {
      throw new UsageException("the flag -" + e.getOption().getOpt() + " needs a value", e);
    } catch (UnrecognizedOptionException e) {
      throw new UsageException(
          "unknown flag " + e.getOption() + "; cu_fuse --help lists the flags", e);
    } catch (ParseException e) {
      throw new UsageException(e.getMessage() + "; cu_fuse --help lists the flags", e);
    }
  }

  /** Returns the last value of {@code flag}. */
  private static String last(
      org.apache.commons.cli.CommandLine line, String flag, String otherwise) {
    String[] values = line.getOptionValues(flag);
    return values == null ? otherwise : values[values.length - 1];
  }

  /** Returns {@code text} if the JVM could decode it; else it would name another file. */
  private static String decoded(String what, String text) throws UsageException {
    if (text.indexOf('\uFFFD') >= 0) {
      throw new UsageException(
          what + " '" + text + "' cannot be read in this locale; set LC_ALL=C.UTF-8");
    }
    return text;
  }

  private static RawPath path(
      org.apache.commons.cli.CommandLine line, String flag, String otherwise)
      throws UsageException {
    String text = last(line, flag, otherwise);
    if (text == null) {
      throw new UsageException("the flag -" + flag + " is missing; it takes an absolute path");
    }
    return path(flag, text);
  }

  private static List<RawPath> paths(org.apache.commons.cli.CommandLine line, String flag)
      throws UsageException {
    List<RawPath> paths = new ArrayList<>();
    if (line.hasOption(flag)) {
      for (String text : line.getOptionValues(flag)) {
        paths.add(path(flag, text));
      }
    }
    return paths;
  }

  private static RawPath path(String flag, String text) throws UsageException {
    byte[] bytes = decoded("-" + flag, text).getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes[0] != '/') {
      throw new UsageException("-" + flag + " takes an absolute path, not '" + text + "'");
    }
    return RawPath.of(bytes).normalize();
  }

  private static Path mountPoint(org.apache.commons.cli.CommandLine line, RawPath view)
      throws UsageException {
    List<String> rest = line.getArgList();
    if (rest.size() > 1) {
      throw new UsageException(
          "one mount point is expected, not " + rest.size() + ": " + String.join(" ", rest));
    }
    String text = rest.isEmpty() ? new String(view.toBytes(), StandardCharsets.UTF_8) : rest.get(0);
    if (text.isEmpty()) {
      throw new UsageException("the mount point is empty; it takes a directory");
    }
    decoded("the mount point", text);
    return Path.of(text).toAbsolutePath().normalize();
  }

  private static Optional<Path> file(org.apache.commons.cli.CommandLine line, String flag)
      throws UsageException {
    String text = last(line, flag, null);
    if (text == null) {
      return Optional.empty();
    }
    if (text.isEmpty()) {
      throw new UsageException("the flag -" + flag + " needs a path, not an empty value");
    }
    return Optional.of(Path.of(decoded("-" + flag, text)));
  }

  private static long number(
      org.apache.commons.cli.CommandLine line, String flag, long otherwise, long min, long max)
      throws UsageException {
    return WholeNumber.of("-" + flag, last(line, flag, null), otherwise, min, max);
  }

  private static CopperConfig.LogType logType(org.apache.commons.cli.CommandLine line)
      throws UsageException {
    String text = last(line, "log_type", "file_and_stdout");
    return switch (text) {
      case "file" -> CopperConfig.LogType.FILE;
      case "stdout" -> CopperConfig.LogType.STDOUT;
      case "file_and_stdout", "both" -> CopperConfig.LogType.FILE_AND_STDOUT;
      default ->
          throw new UsageException(
              "-log_type is file, stdout or file_and_stdout, not '" + text + "'");
    };
  }

  private static Optional<Path> secretFile(
      org.apache.commons.cli.CommandLine line, String environmentSecret) throws UsageException {
    Optional<Path> flag = file(line, "secret_file");
    if (flag.isPresent() || environmentSecret == null || environmentSecret.isEmpty()) {
      return flag;
    }
    return Optional.of(Path.of(decoded("$" + SECRET_VARIABLE, environmentSecret)));
  }

  private static boolean requireAuth(
      org.apache.commons.cli.CommandLine line, String environmentSecret) throws UsageException {
    boolean required = line.hasOption("require_auth");
    if (required && secretFile(line, environmentSecret).isEmpty()) {
      throw new UsageException(
          "-require_auth needs the job's secret; name its file with -secret_file or $"
              + SECRET_VARIABLE);
    }
    return required;
  }

  private static CopperConfig.MountKind mountKind(org.apache.commons.cli.CommandLine line)
      throws UsageException {
    String text = last(line, "fuse", "auto");
    return switch (text) {
      case "auto" -> CopperConfig.MountKind.AUTO;
      case "kernel" -> CopperConfig.MountKind.KERNEL;
      case "jnr" -> CopperConfig.MountKind.JNR;
      default -> throw new UsageException("-fuse is auto, kernel or jnr, not '" + text + "'");
    };
  }

  private static CopperConfig.FuseOptions fuseOptions(org.apache.commons.cli.CommandLine line)
      throws UsageException {
    List<String> options = new ArrayList<>();
    if (line.hasOption("o")) {
      options.addAll(List.of(line.getOptionValues("o")));
    }
    return new CopperConfig.FuseOptions(
        line.hasOption("f") || line.hasOption("d"), line.hasOption("d"), options, mountKind(line));
  }
}
