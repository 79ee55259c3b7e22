package copper.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import copper.config.UsageException;
import copper.control.Commands;
import copper.control.ControlClient.CommandException;
import copper.tree.AddressBook;
import copper.tree.AddressBook.Entry;
import copper.tree.AddressBookException;
import copper.tree.Costs;
import copper.tree.FanOuts;
import copper.tree.Forest;
import copper.tree.TreeRule;
import copper.tree.TreeShape;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code copper tree}: draws who is whose parent. */
final class TreeCommand implements Subcommand {
  @Override
  public String name() {
    return "tree";
  }

  @Override
  public String arguments() {
    return "[BOOK]";
  }

  @Override
  public String description() {
    return """
        Draws the trees that the address book BOOK makes, or those of this host's node: their size, fan-out
        and levels, and whose parent each node is. With --advise, says which fan-out suits them.
        """;
  }

  @Override
  public Options options() {
    Options options = new Options();
    NodeOptions.addTo(options);
    options.addOption(Subcommand.value("trees", "N", "of a BOOK: the number of trees (default 1)"));
    options.addOption(
        Subcommand.value("fanout", "N", "of a BOOK: the most children a node has, as for cu_fuse"));
    options.addOption(
        Subcommand.value("tree", "SHAPE", "of a BOOK: original or auto, as for cu_fuse"));
    TreeAdvice.addTo(options);
    options.addOption(Subcommand.value("levels", "N", "draw so many levels (default: all)"));
    options.addOption(Subcommand.flag("help", "print this text"));
    return options;
  }

  @Override
  public int run(CommandLine line, Streams streams)
      throws UsageException, IOException, CommandException {
    long levels = Subcommand.number(line, "levels", Integer.MAX_VALUE, 1, Integer.MAX_VALUE);
    Forest forest = forest(line);
    if (line.hasOption("advise")) {
      return TreeAdvice.run(line, forest, streams);
    }
    TreeAdvice.checkAbsent(line);
    if (line.hasOption("json")) {
      Reports.json(streams.out(), json -> write(json, forest));
      return 0;
    }
    for (int tree = 0; tree < forest.trees(); tree++) {
      draw(streams.out(), forest, tree, levels);
    }
    return 0;
  }

  private static Forest forest(CommandLine line)
      throws UsageException, IOException, CommandException {
    List<String> books = line.getArgList();
    if (books.size() > 1 || (!books.isEmpty() && line.hasOption("mount"))) {
      throw new UsageException("one address book is expected, or one --mount");
    }
    for (String option : List.of("trees", "fanout", "tree")) {
      if (books.isEmpty() && line.hasOption(option)) {
        throw new UsageException("--" + option + " goes with a BOOK; a node knows its trees");
      }
    }
    try {
      if (books.isEmpty()) {
        ByteBuffer answer =
            NodeOptions.find(line, System.getenv())
                .run(Commands.FOREST, ByteBuffer.allocate(0), progress -> {});
        return Commands.forest(answer);
      }
      Path file = Path.of(books.get(0));
      AddressBook book = AddressBook.read(file);
      return Forest.of(book, rule(line, file, book.entries().size()));
    } catch (AddressBookException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static TreeRule rule(CommandLine line, Path book, int nodes)
      throws UsageException, AddressBookException {
    int trees = (int) Subcommand.number(line, "trees", 1, 1, Integer.MAX_VALUE);
    int least = TreeRule.LEAST_FAN_OUT;
    OptionalInt fanOut =
        line.hasOption("fanout")
            ? OptionalInt.of(
                (int) Subcommand.number(line, "fanout", 0, least, TreeRule.LARGEST_FAN_OUT))
            : OptionalInt.empty();
    String shape = line.getOptionValue("tree", "original");
    if (!shape.equals("original") && !shape.equals("auto")) {
      throw new UsageException("--tree is original or auto, not '" + shape + "'");
    }
    return shape.equals("auto") && trees <= nodes
        ? FanOuts.rule(Costs.beside(book), nodes, trees, fanOut)
        : new TreeRule(trees, fanOut, false);
  }

  private static void draw(PrintStream out, Forest forest, int tree, long levels) {
    TreeShape shape = forest.shape(tree);
    int depth = shape.ancestors(shape.size() - 1).size() + 1;
    out.printf(
        "tree %d: %s, fan-out %d, %s%n",
        tree,
        Reports.nodes(shape.size()),
        shape.fanOut(),
        depth == 1 ? "1 level" : depth + " levels");
    out.println(shown(forest.node(tree, 0)));
    drawChildren(out, forest, tree, 0, "", levels - 1);
  }

  private static void drawChildren(
      PrintStream out, Forest forest, int tree, int index, String indent, long levels) {
    List<Integer> children = forest.shape(tree).children(index);
    if (children.isEmpty()) {
      return;
    }
    if (levels == 0) {
      int below = forest.subtree(tree, index).size() - 1;
      out.println(indent + "└─ … " + Reports.nodes(below) + " below");
      return;
    }
    for (int child : children) {
      boolean last = child == children.get(children.size() - 1);
      out.println(indent + (last ? "└─ " : "├─ ") + shown(forest.node(tree, child)));
      drawChildren(out, forest, tree, child, indent + (last ? "   " : "│  "), levels - 1);
    }
  }

  private static String shown(Entry node) {
    return node.host() + " " + node.address();
  }

  private static void write(JsonGenerator json, Forest forest) throws IOException {
    json.writeArrayFieldStart("trees");
    for (int tree = 0; tree < forest.trees(); tree++) {
      TreeShape shape = forest.shape(tree);
      json.writeStartObject();
      json.writeNumberField("fan_out", shape.fanOut());
      json.writeArrayFieldStart("nodes");
      for (int index = 0; index < shape.size(); index++) {
        json.writeStartObject();
        json.writeStringField("host", forest.node(tree, index).host());
        json.writeStringField("address", forest.node(tree, index).address());
        json.writeNumberField("level", shape.ancestors(index).size());
        if (index > 0) {
          json.writeStringField("parent", forest.node(tree, shape.parent(index)).address());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
