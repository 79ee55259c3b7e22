package copper.cli;

import copper.config.IoReason;
import copper.config.UsageException;
import copper.control.Commands;
import copper.control.ControlClient.CommandException;
import copper.simulate.Names;
import copper.simulate.ProgramCosts;
import copper.simulate.RealNames;
import copper.simulate.TracedNames;
import copper.storage.PosixStorage;
import copper.trace.Trace;
import copper.trace.TraceReader;
import copper.tree.AddressBookException;
import copper.tree.Costs;
import copper.tree.FanOuts;
import copper.tree.Forest;
import copper.tree.TreeShape;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code copper tree --advise}: says which fan-out suits the network and the program. */
final class TreeAdvice {
  private TreeAdvice() {}

  static void addTo(Options options) {
    options.addOption(Subcommand.flag("advise", "say which fan-out suits, and what each costs"));
    options.addOption(
        Subcommand.flag("measure", "with --advise: measure the network between node and parent"));
    options.addOption(
        Subcommand.value("trace", "FILE", "with --advise: for the program of this recording"));
    options.addOption(
        Subcommand.value("write", "FILE", "with --advise: keep the numbers; BOOK.costs is read"));
  }

  /** Checks that no option of --advise is there without it. */
  static void checkAbsent(CommandLine line) throws UsageException {
    for (String option : List.of("measure", "trace", "write")) {
      if (line.hasOption(option)) {
        throw new UsageException("--" + option + " goes with --advise");
      }
    }
  }

  static int run(CommandLine line, Forest forest, Subcommand.Streams streams)
      throws UsageException, IOException, CommandException {
    Costs costs = costs(line);
    int trees = forest.trees();
    int size = forest.segments().size(0);
    int chosen = FanOuts.choose(costs, size);
    if (line.hasOption("write")) {
      write(Path.of(line.getOptionValue("write")), costs);
    }
    if (line.hasOption("json")) {
      Reports.json(
          streams.out(),
          json -> {
            json.writeNumberField("fan_out", chosen);
            json.writeNumberField("trees", trees);
            for (String cost : costs.lines()) {
              String[] words = cost.split(" ", 2);
              json.writeNumberField(words[0], Long.parseLong(words[1]));
            }
          });
      return 0;
    }
    print(streams.out(), costs, size, chosen);
    streams.out().println("-fanout " + chosen + " -trees " + trees);
    return 0;
  }

  private static void print(PrintStream out, Costs costs, int size, int chosen) {
    out.printf(
        "network: %.1f us from node to node, %.0f MB/s, %.1f us of work for a message%n",
        costs.latency() / 1e3, costs.bandwidth() / 1e6, costs.message() / 1e3);
    out.printf(
        "program: runs %.2f s by itself, asks %,d times, for %.1f MB; waits for %.1f MB of each sibling%n",
        costs.program() / 1e9, costs.calls(), costs.bytes() / 1e6, costs.contended() / 1e6);
    out.printf("tree of %s:%n", Reports.nodes(size));
    out.println("fan-out  levels  s to the last node's end");
    int original = TreeShape.of(size).fanOut();
    Set<Integer> shown = new TreeSet<>(List.of(2, 3, 4, 5, 6, 7, 8, 12, 16, 32, chosen, original));
    for (int fanOut : shown) {
      if (fanOut > Math.max(2, size - 1) && fanOut != chosen) {
        continue;
      }
      int levels = new TreeShape(size, fanOut).ancestors(size - 1).size() + 1;
      out.printf(
          "%7d  %6d  %.3f%s%s%n",
          fanOut,
          levels,
          FanOuts.seconds(costs, size, fanOut),
          fanOut == original ? "  C++ Copper's" : "",
          fanOut == chosen ? "  chosen" : "");
    }
  }

  private static Costs costs(CommandLine line)
      throws UsageException, IOException, CommandException {
    List<String> books = line.getArgList();
    if (line.hasOption("measure") && !books.isEmpty()) {
      throw new UsageException("--measure asks a node that runs; leave the BOOK out");
    }
    try {
      Costs costs = books.isEmpty() ? Costs.DEFAULT : Costs.beside(Path.of(books.get(0)));
      if (line.hasOption("measure")) {
        ByteBuffer answer =
            NodeOptions.find(line, System.getenv())
                .run(Commands.LINK, ByteBuffer.allocate(0), progress -> {});
        String text = StandardCharsets.UTF_8.decode(answer).toString();
        costs = costs.with(text.lines().toList(), "the node's answer");
      }
      if (line.hasOption("trace")) {
        costs = program(Path.of(line.getOptionValue("trace")), costs);
      }
      return costs;
    } catch (AddressBookException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static Costs program(Path file, Costs network) throws IOException {
    Trace trace;
    try {
      trace = TraceReader.readAll(file);
    } catch (FileSystemException e) {
      throw new IOException("--trace " + file + " cannot be read: " + IoReason.of(e), e);
    }
    Names real = new RealNames(new PosixStorage());
    boolean here = real.list(trace.target()).ok();
    return ProgramCosts.of(trace, here ? real : new TracedNames(trace), network);
  }

  /** Whole or not at all: a node that starts meanwhile must not read half of it. */
  private static void write(Path file, Costs costs) throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.write(partial, costs.lines(), StandardCharsets.UTF_8);
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new IOException("--write " + file + " cannot be written: " + IoReason.of(e), e);
    }
  }
}
