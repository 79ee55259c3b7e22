package copper.cli;

import copper.codec.TreeReport;
import copper.config.UsageException;
import copper.control.Commands;
import copper.control.ControlClient.CommandException;
import copper.control.TreeCast.Scope;
import java.io.IOException;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code copper reset}: drops the caches of all nodes of a tree, and of their kernels. */
final class ResetCommand implements Subcommand {
  @Override
  public String name() {
    return "reset";
  }

  @Override
  public String arguments() {
    return "";
  }

  @Override
  public String description() {
    return """
        Has all nodes of the tree, and their kernels, forget what they know, the root first. When it ends,
        what has changed on storage is seen through every mount. Nodes that did not do it are named.
        """;
  }

  @Override
  public Options options() {
    Options options = new Options();
    NodeOptions.addTo(options);
    NodeOptions.addTimeoutTo(options);
    options.addOption(Subcommand.flag("all-trees", "the nodes of all trees, not of one"));
    options.addOption(Subcommand.flag("local", "this host's node alone"));
    options.addOption(Subcommand.flag("help", "print this text"));
    return options;
  }

  @Override
  public int run(CommandLine line, Streams streams)
      throws UsageException, IOException, CommandException {
    Subcommand.noArguments(line);
    if (line.hasOption("local") && line.hasOption("all-trees")) {
      throw new UsageException("--local and --all-trees exclude each other");
    }
    Scope scope = line.hasOption("local") ? Scope.NODE : Scope.TREE;
    scope = line.hasOption("all-trees") ? Scope.ALL_TREES : scope;
    TreeReport report =
        TreeReport.decode(
            NodeOptions.find(line, System.getenv())
                .run(Commands.RESET, NodeOptions.request(line, scope), progress -> {}));
    if (line.hasOption("json")) {
      Reports.json(streams.out(), json -> Reports.outcome(json, report));
    } else {
      streams.out().println(Reports.nodes(report.done()) + " reset");
      Reports.complaints(streams.err(), "copper reset", report);
    }
    return Reports.exit(report);
  }
}
