package copper.cli;

import copper.codec.TreeReport;
import copper.config.UsageException;
import copper.control.Commands;
import copper.control.ControlClient;
import copper.control.ControlClient.CommandException;
import copper.control.Stats;
import copper.control.TreeCast.Scope;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code copper stats}: what nodes count, and how full their caches are. */
final class StatsCommand implements Subcommand {
  private static final String CLEAR_SCREEN = "\033[H\033[2J";

  @Override
  public String name() {
    return "stats";
  }

  @Override
  public String arguments() {
    return "";
  }

  @Override
  public String description() {
    return """
        Prints what this host's node has counted since its start or the last clearing, and how full its
        caches are, and who answers it what it does not have; with --tree a line for each node of its tree and a sum.
        """;
  }

  @Override
  public Options options() {
    Options options = new Options();
    NodeOptions.addTo(options);
    NodeOptions.addTimeoutTo(options);
    options.addOption(Subcommand.flag("tree", "all nodes of the tree"));
    options.addOption(Subcommand.flag("all-trees", "all nodes of all trees"));
    options.addOption(Subcommand.value("watch", "S", "again every S seconds, until interrupted"));
    options.addOption(Subcommand.flag("help", "print this text"));
    return options;
  }

  @Override
  public int run(CommandLine line, Streams streams)
      throws UsageException, IOException, CommandException, InterruptedException {
    Subcommand.noArguments(line);
    long pause = Subcommand.number(line, "watch", 0, 1, 86_400);
    Scope scope = line.hasOption("tree") ? Scope.TREE : Scope.NODE;
    scope = line.hasOption("all-trees") ? Scope.ALL_TREES : scope;
    ControlClient node = NodeOptions.find(line, System.getenv());
    while (true) {
      TreeReport report =
          TreeReport.decode(
              node.run(Commands.STATS, NodeOptions.request(line, scope), progress -> {}));
      if (pause > 0 && streams.terminal() && !line.hasOption("json")) {
        streams.out().print(CLEAR_SCREEN);
      }
      print(line, scope, report, streams);
      streams.out().flush();
      if (pause == 0) {
        return Reports.exit(report);
      }
      TimeUnit.SECONDS.sleep(pause);
    }
  }

  private static void print(CommandLine line, Scope scope, TreeReport report, Streams streams)
      throws IOException {
    if (line.hasOption("json")) {
      Reports.json(
          streams.out(),
          json -> {
            json.writeArrayFieldStart("nodes");
            for (TreeReport.Numbers node : report.numbers()) {
              json.writeStartObject();
              json.writeStringField("host", node.host());
              json.writeStringField("address", node.address());
              for (Map.Entry<String, Long> by : StatsText.servedBy(node).entrySet()) {
                json.writeStringField("served_by", by.getKey());
                json.writeNumberField("served_by_for_seconds", by.getValue());
              }
              Map<String, Long> numbers = new LinkedHashMap<>(node.values());
              numbers.keySet().removeIf(name -> name.startsWith(Stats.SERVED_BY));
              Reports.values(json, numbers);
              json.writeEndObject();
            }
            json.writeEndArray();
            Reports.outcome(json, report);
          });
      return;
    }
    if (scope == Scope.NODE) {
      report.numbers().forEach(node -> StatsText.node(streams.out(), node));
    } else {
      StatsText.table(streams.out(), report.numbers());
    }
    Reports.complaints(streams.err(), "copper stats", report);
  }
}
