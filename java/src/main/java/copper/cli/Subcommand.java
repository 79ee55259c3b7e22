package copper.cli;

import copper.config.UsageException;
import copper.config.WholeNumber;
import copper.control.ControlClient.CommandException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** One of the commands of {@code copper}. */
interface Subcommand {
  /** What a command prints to. */
  record Streams(PrintStream out, PrintStream err, boolean terminal) {}

  /** Returns the word that stands behind {@code copper}. */
  String name();

  /** Returns the words that follow the options, for the help text; may be empty. */
  String arguments();

  /** Returns what it does, in a few lines. */
  String description();

  /** Returns its options. */
  Options options();

  /**
   * Runs it.
   *
   * @return 0, or 1 if something was not done
   * @throws UsageException if the words cannot be
   * @throws IOException with one line
   * @throws CommandException if the node says that it failed
   */
  int run(CommandLine line, Streams streams)
      throws UsageException, IOException, CommandException, InterruptedException;

  /** Returns an option with a value. */
  static Option value(String name, String argument, String description) {
    return Option.builder().longOpt(name).hasArg().argName(argument).desc(description).get();
  }

  /** Returns an option without one. */
  static Option flag(String name, String description) {
    return Option.builder().longOpt(name).desc(description).get();
  }

  /** Returns a whole number. */
  static long number(CommandLine line, String option, long otherwise, long min, long max)
      throws UsageException {
    return WholeNumber.of("--" + option, line.getOptionValue(option), otherwise, min, max);
  }

  /** Checks that nothing follows the options. */
  static void noArguments(CommandLine line) throws UsageException {
    List<String> rest = line.getArgList();
    if (!rest.isEmpty()) {
      throw new UsageException("nothing is expected behind the options, not " + rest.get(0));
    }
  }

  /** Returns the help text. */
  default String help() {
    StringBuilder text = new StringBuilder("usage: copper " + name() + " [options]");
    text.append(arguments().isEmpty() ? "" : " " + arguments()).append("\n\n");
    text.append(description()).append("\n");
    for (Option option : options().getOptions()) {
      String argument =
          option.hasOptionalArg() ? " [" + option.getArgName() + "]" : " " + option.getArgName();
      String word = "--" + option.getLongOpt() + (option.hasArg() ? argument : "");
      text.append(String.format("  %-18s %s%n", word, option.getDescription()));
    }
    return text.append("\nEnds with 0; 1 if something was not done; 2 for a wrong command line.\n")
        .toString();
  }
}
