package copper.cli;

import copper.config.UsageException;
import copper.control.ControlClient.CommandException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/**
 * {@code copper COMMAND}: the commands that talk to running nodes or about them, and about this
 * host.
 */
public final class Copper {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private Copper() {}

  /** Returns the commands. */
  static List<Subcommand> commands() {
    return List.of(
        new ResetCommand(),
        new PrefetchCommand(),
        new StatsCommand(),
        new TreeCommand(),
        new DoctorCommand());
  }

  /** Runs the command that the first word names, and ends the process. */
  public static void main(String[] arguments) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    boolean terminal = Boolean.getBoolean("copper.terminal");
    int exit = run(arguments, new Subcommand.Streams(out, err, terminal));
    out.flush();
    System.exit(exit);
  }

  /** Runs the command that the first word names, and returns the exit code. */
  static int run(String[] arguments, Subcommand.Streams streams) {
    String name = arguments.length == 0 ? "" : arguments[0];
    Subcommand command =
        commands().stream().filter(known -> known.name().equals(name)).findFirst().orElse(null);
    if (command == null) {
      streams.err().println("copper: no command '" + name + "'; copper --help lists them");
      return USAGE;
    }
    List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
    if (rest.contains("-h") || rest.contains("--help")) {
      streams.out().print(command.help());
      return 0;
    }
    try {
      return command.run(parse(command, rest), streams);
    } catch (UsageException e) {
      streams.err().println("copper " + name + ": " + e.getMessage());
      return USAGE;
    } catch (IOException | CommandException e) {
      streams.err().println("copper " + name + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      streams.err().println("copper " + name + ": interrupted");
    }
    return FAILED;
  }

  private static CommandLine parse(Subcommand command, List<String> words) throws UsageException {
    String more = "; copper " + command.name() + " --help lists the options";
    try {
      return DefaultParser.builder()
          .setAllowPartialMatching(false)
          .setStripLeadingAndTrailingQuotes(false)
          .get()
          .parse(command.options(), words.toArray(String[]::new));
    } catch (MissingArgumentException e) {
      throw new UsageException(
          "the option --" + e.getOption().getLongOpt() + " needs a value" + more, e);
    } catch (UnrecognizedOptionException e) {
      throw new UsageException("unknown option " + e.getOption() + more, e);
    } catch (ParseException e) {
      throw new UsageException(e.getMessage() + more, e);
    }
  }
}
