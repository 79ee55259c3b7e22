package copper.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import copper.codec.TreeReport;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.util.Map;

/** Prints what nodes report. */
final class Reports {
  private Reports() {}

  /** What writes the inside of a JSON object. */
  interface Body {
    void write(JsonGenerator json) throws IOException;
  }

  /** Prints a JSON object. */
  static void json(PrintStream out, Body body) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.setPrettyPrinter(new DefaultPrettyPrinter());
      json.writeStartObject();
      body.write(json);
      json.writeEndObject();
    }
    out.println(text);
  }

  /** Writes which nodes did it and which did not. */
  static void outcome(JsonGenerator json, TreeReport report) throws IOException {
    json.writeNumberField("done", report.done());
    json.writeArrayFieldStart("missed");
    for (TreeReport.Missed node : report.missed()) {
      json.writeStartObject();
      json.writeStringField("host", node.host());
      json.writeStringField("address", node.address());
      json.writeStringField("why", node.why());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("problems");
    for (String problem : report.problems()) {
      json.writeString(problem);
    }
    json.writeEndArray();
    json.writeNumberField("more_problems", report.moreProblems());
  }

  /** Writes numbers as fields. */
  static void values(JsonGenerator json, Map<String, Long> values) throws IOException {
    for (Map.Entry<String, Long> value : values.entrySet()) {
      json.writeNumberField(value.getKey(), value.getValue());
    }
  }

  /** Prints, a line each, the nodes that did not do it and what else went wrong. */
  static void complaints(PrintStream err, String command, TreeReport report) {
    report
        .missed()
        .forEach(
            node ->
                err.println(
                    command + ": " + node.host() + " (" + node.address() + "): " + node.why()));
    report.problems().forEach(problem -> err.println(command + ": " + problem));
    if (report.moreProblems() > 0) {
      err.println(command + ": and " + report.moreProblems() + " more");
    }
  }

  /** Returns the exit code for {@code report}. */
  static int exit(TreeReport report) {
    return report.missed().isEmpty() && report.problems().isEmpty() ? 0 : 1;
  }

  /** Returns "1 node" or "7 nodes". */
  static String nodes(long count) {
    return count == 1 ? "1 node" : count + " nodes";
  }

  /** Returns a number of bytes in three or four digits. */
  static String bytes(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format("%.1f %s", value, units[unit]);
  }
}
