package copper.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import copper.config.UsageException;
import copper.control.Commands;
import copper.control.ControlClient;
import copper.control.ControlClient.CommandException;
import copper.doctor.Doctor;
import copper.doctor.Doctor.Chapter;
import copper.doctor.Examination;
import copper.doctor.Finding;
import copper.doctor.Finding.State;
import copper.doctor.Host;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** {@code copper doctor}: what keeps nodes from working on this host, and what to do about it. */
final class DoctorCommand implements Subcommand {
  @Override
  public String name() {
    return "doctor";
  }

  @Override
  public String arguments() {
    return "";
  }

  @Override
  public String description() {
    return """
        Checks what a node needs on this host: FUSE, Java and the libraries, the network and its cards,
        limits, memory and directories. Says of each problem what to do. Leaves nothing behind.
        With --node: what a running node is at; what waits and for how long, whom it asks, how full it is.
        """;
  }

  @Override
  public Options options() {
    Options options = new Options();
    options.addOption(Subcommand.value("net", "NET", "check this network, as -net_type has it"));
    options.addOption(Subcommand.value("view", "DIR", "check that Copper can be mounted there"));
    options.addOption(Subcommand.value("logs", "DIR", "check that logs can be written there"));
    options.addOption(
        Option.builder()
            .longOpt("node")
            .hasArg()
            .optionalArg(true)
            .argName("MOUNT")
            .desc("say what the node mounted there, or the only one, is at")
            .get());
    options.addOption(Subcommand.flag("json", "print JSON"));
    options.addOption(Subcommand.flag("help", "print this text"));
    return options;
  }

  @Override
  public int run(CommandLine line, Streams streams)
      throws UsageException, IOException, CommandException {
    Subcommand.noArguments(line);
    if (line.hasOption("node")) {
      return node(line, streams);
    }
    List<Chapter> chapters = Doctor.examine(examinations(line));
    if (line.hasOption("json")) {
      Reports.json(streams.out(), json -> write(json, chapters));
    } else {
      print(streams.out(), chapters);
    }
    return count(chapters, State.PROBLEM) == 0 ? 0 : 1;
  }

  private static int node(CommandLine line, Streams streams)
      throws UsageException, IOException, CommandException {
    if (line.getOptions().length > 1) {
      throw new UsageException("--node goes with no other option");
    }
    ControlClient node =
        NodeOptions.find(Optional.ofNullable(line.getOptionValue("node")), System.getenv());
    ByteBuffer text = node.run(Commands.STATE, ByteBuffer.allocate(0), progress -> {});
    streams.out().print(StandardCharsets.UTF_8.decode(text));
    return 0;
  }

  private static List<Examination> examinations(CommandLine line) throws IOException {
    Doctor.Plan plan =
        new Doctor.Plan(
            Optional.ofNullable(line.getOptionValue("view")).map(Path::of),
            Optional.ofNullable(line.getOptionValue("logs")).map(Path::of),
            line.getOptionValue("net", ""));
    return Doctor.examinations(Host.here(), jar(), plan);
  }

  private static Path jar() throws IOException {
    try {
      return Path.of(Doctor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("the program's own jar cannot be found: " + e.getMessage(), e);
    }
  }

  private static void print(PrintStream out, List<Chapter> chapters) {
    for (Chapter chapter : chapters) {
      out.println(chapter.matter());
      for (Finding finding : chapter.findings()) {
        out.printf("  %-8s %s%n", word(finding.state()), finding.what());
        if (!finding.advice().isEmpty()) {
          out.printf("  %-8s   what to do: %s%n", "", finding.advice());
        }
      }
    }
    out.println();
    long problems = count(chapters, State.PROBLEM);
    out.println(
        (problems == 0 ? "No problem" : problems == 1 ? "1 PROBLEM" : problems + " PROBLEMS")
            + (count(chapters, State.NOTE) == 0 ? "." : ", " + notes(chapters) + "."));
  }

  private static String notes(List<Chapter> chapters) {
    long notes = count(chapters, State.NOTE);
    return notes == 1 ? "1 note" : notes + " notes";
  }

  /** What has to be mended is found at a glance. */
  private static String word(State state) {
    return switch (state) {
      case FINE -> "ok";
      case NOTE -> "note";
      case PROBLEM -> "PROBLEM";
    };
  }

  private static long count(List<Chapter> chapters, State state) {
    return chapters.stream()
        .flatMap(chapter -> chapter.findings().stream())
        .filter(finding -> finding.state() == state)
        .count();
  }

  private static void write(JsonGenerator json, List<Chapter> chapters) throws IOException {
    json.writeArrayFieldStart("findings");
    for (Chapter chapter : chapters) {
      for (Finding finding : chapter.findings()) {
        json.writeStartObject();
        json.writeStringField("matter", chapter.matter());
        json.writeStringField("state", finding.state().name().toLowerCase(Locale.ROOT));
        json.writeStringField("what", finding.what());
        json.writeStringField("advice", finding.advice());
        json.writeEndObject();
      }
    }
    json.writeEndArray();
    json.writeNumberField("problems", count(chapters, State.PROBLEM));
    json.writeNumberField("notes", count(chapters, State.NOTE));
  }
}
