package copper.cli;

import copper.codec.TreeReport;
import copper.config.UsageException;
import copper.control.Commands;
import copper.control.ControlClient;
import copper.control.ControlClient.CommandException;
import copper.control.ControlRequest;
import copper.control.ControlSocket;
import copper.control.PrefetchRequest;
import copper.control.TreeCast.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code copper prefetch}: has all nodes fetch files before they are asked for. */
final class PrefetchCommand implements Subcommand {
  @Override
  public String name() {
    return "prefetch";
  }

  @Override
  public String arguments() {
    return "PATH...";
  }

  @Override
  public String description() {
    return """
        Has all nodes of the tree fetch each PATH and all below it, names, attributes and data, so that a job
        finds it in the memory of its own node. A PATH is seen through the mount or lies on storage. What is there
        already is passed over. If it does not fit into the memory of every node, nothing is fetched.
        """;
  }

  @Override
  public Options options() {
    Options options = new Options();
    NodeOptions.addTo(options);
    options.addOption(
        Subcommand.value("timeout", "S", "seconds for 16 MiB or a large file (default 600)"));
    options.addOption(
        Subcommand.value("trace", "FILE", "what a run touched, from cu_fuse -record_trace"));
    options.addOption(Subcommand.flag("all-trees", "the nodes of all trees, not of one"));
    options.addOption(Subcommand.flag("help", "print this text"));
    return options;
  }

  @Override
  public int run(CommandLine line, Streams streams)
      throws UsageException, IOException, CommandException {
    PrefetchRequest wanted = request(line);
    ControlClient node = find(line, wanted);
    Scope scope = line.hasOption("all-trees") ? Scope.ALL_TREES : Scope.TREE;
    long seconds = Subcommand.number(line, "timeout", 600, 1, 86_400);
    ByteBuffer request =
        new ControlRequest(scope, Duration.ofSeconds(seconds), wanted.encode()).encode();
    boolean json = line.hasOption("json");
    Progress progress = new Progress(streams.err(), streams.terminal() && !json);
    TreeReport report =
        TreeReport.decode(node.run(Commands.PREFETCH, request, word -> progress.show(word, json)));
    progress.end();
    if (json) {
      Reports.json(
          streams.out(),
          out -> {
            Reports.values(out, values(report));
            Reports.outcome(out, report);
          });
    } else {
      streams.out().println(summary(report));
      Reports.complaints(streams.err(), "copper prefetch", report);
    }
    return Reports.exit(report);
  }

  private static PrefetchRequest request(CommandLine line) throws UsageException {
    List<String> paths = line.getArgList();
    String trace = line.getOptionValue("trace");
    if (paths.isEmpty() == (trace == null)) {
      throw new UsageException("either a PATH or --trace FILE is expected");
    }
    return new PrefetchRequest(
        Optional.ofNullable(trace).map(PrefetchCommand::absolute),
        paths.stream().map(path -> absolute(path).toString()).toList());
  }

  private static Path absolute(String path) {
    return Path.of(path).toAbsolutePath().normalize();
  }

  /** A path that lies below a mount says which node is meant. */
  private static ControlClient find(CommandLine line, PrefetchRequest wanted) throws IOException {
    if (!line.hasOption("mount") && !wanted.paths().isEmpty()) {
      Optional<ControlClient> holding =
          NodeOptions.holding(ControlSocket.of(System.getenv()), Path.of(wanted.paths().get(0)));
      if (holding.isPresent()) {
        return holding.get();
      }
    }
    return NodeOptions.find(line, System.getenv());
  }

  static Map<String, Long> values(TreeReport report) {
    return report.numbers().isEmpty() ? Map.of() : report.numbers().get(0).values();
  }

  private static String summary(TreeReport report) {
    Map<String, Long> values = values(report);
    return String.format(
        "%d files, %s, on %s; %s had to be fetched, over all nodes",
        values.getOrDefault("done_files", 0L),
        Reports.bytes(values.getOrDefault("done_bytes", 0L)),
        Reports.nodes(report.done()),
        Reports.bytes(values.getOrDefault("all_nodes_fetched_bytes", 0L)));
  }
}
