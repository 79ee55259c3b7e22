package copper.cli;

import copper.config.IoReason;
import copper.config.UsageException;
import copper.model.Reply;
import copper.simulate.Names;
import copper.simulate.Parameters;
import copper.simulate.Plot;
import copper.simulate.ProgramCosts;
import copper.simulate.RealNames;
import copper.simulate.Result;
import copper.simulate.Simulation;
import copper.simulate.Table;
import copper.simulate.TracedNames;
import copper.storage.PosixStorage;
import copper.trace.Trace;
import copper.trace.TraceReader;
import copper.tree.Costs;
import copper.tree.FanOuts;
import copper.tree.TreeRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * {@code copper simulate}: has a recorded program run on thousands of simulated nodes, and tells
 * how long it takes there and what it asks of network and storage.
 */
public final class Simulate {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  /** Held, or the level would be forgotten. */
  private static final Logger NODES = Logger.getLogger("copper");

  private Simulate() {}

  /** Runs the program and ends the process: 0, 1 if a file cannot be used, 2 on a wrong flag. */
  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) {
    if (List.of(arguments).contains("-h") || List.of(arguments).contains("--help")) {
      System.out.print(SimulateArguments.help());
      return;
    }
    NODES.setLevel(Level.WARNING);
    try {
      run(SimulateArguments.parse(arguments));
    } catch (UsageException e) {
      System.err.println("copper simulate: " + e.getMessage());
      System.exit(USAGE);
    } catch (IOException e) {
      System.err.println("copper simulate: " + e.getMessage());
      System.exit(FAILED);
    }
  }

  @SuppressWarnings("SystemOut")
  private static void run(SimulateArguments arguments) throws UsageException, IOException {
    List<Integer> counts = arguments.nodes();
    Parameters parameters = arguments.parameters();
    List<Trace> traces = new ArrayList<>();
    for (Path file : arguments.traces()) {
      Trace trace = read(file);
      if (!trace.complete() || trace.dropped() > 0) {
        System.err.println(
            "copper simulate: note: the trace is not complete, its "
                + trace.entries().size()
                + " requests are simulated");
      }
      traces.add(trace);
    }
    Names names = names(arguments, traces.get(0));
    Optional<Costs> costs = costs(arguments, parameters, traces.get(0), names);
    Table table = new Table();
    for (int count : counts) {
      long start = System.nanoTime();
      TreeRule given = parameters.rule();
      TreeRule rule =
          costs
              .map(known -> FanOuts.rule(known, count, given.trees(), given.fanOut()))
              .orElse(given);
      Result result = Simulation.run(traces, names, parameters.withRule(rule), count);
      table.add(result);
      report(result, System.nanoTime() - start);
      // After each, since the next one may take long.
      write(arguments, table);
    }
    if (arguments.csv().isEmpty()) {
      System.out.print(table.csv());
    }
  }

  /** What the fan-outs of -tree auto are chosen by; empty where the original's are taken. */
  private static Optional<Costs> costs(
      SimulateArguments arguments, Parameters parameters, Trace trace, Names names)
      throws UsageException {
    if (!arguments.isAutomatic()) {
      return Optional.empty();
    }
    Parameters.Links links = parameters.links();
    Costs network = new Costs(links.latency(), links.bandwidth(), links.message(), 0, 1, 0, 0);
    return Optional.of(ProgramCosts.of(trace, names, network));
  }

  private static Names names(SimulateArguments arguments, Trace trace) throws UsageException {
    if (arguments.isFromTrace()) {
      return new TracedNames(trace);
    }
    Names real = new RealNames(new PosixStorage());
    Reply<?> target = real.list(trace.target());
    if (!target.ok()) {
      throw new UsageException(
          "the trace was recorded of "
              + trace.target()
              + ", which cannot be listed here; with -from_trace names and sizes are those in the"
              + " trace alone");
    }
    return real;
  }

  @SuppressWarnings("SystemOut")
  private static void report(Result result, long nanos) {
    Runtime runtime = Runtime.getRuntime();
    System.err.printf(
        "%,d nodes: %,d events in %.1f s, %,.0f events and %,.0f nodes a second, heap %,d MB%n",
        result.nodes().size(),
        result.events(),
        nanos / 1e9,
        result.events() * 1e9 / nanos,
        result.nodes().size() * 1e9 / nanos,
        (runtime.totalMemory() - runtime.freeMemory()) >> 20);
  }

  private static void write(SimulateArguments arguments, Table table) throws IOException {
    if (arguments.csv().isPresent()) {
      write(arguments.csv().get(), table.csv());
    }
    if (arguments.plot().isPresent()) {
      write(arguments.plot().get(), Plot.svg(table.results()));
    }
  }

  private static Trace read(Path file) throws IOException {
    try {
      return TraceReader.readAll(file);
    } catch (FileSystemException e) {
      throw new IOException("-trace " + file + " cannot be read: " + IoReason.of(e), e);
    }
  }

  private static void write(Path file, String text) throws IOException {
    try {
      Files.writeString(file, text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IOException(file + " cannot be written: " + IoReason.of(e), e);
    }
  }
}
