package copper.control;

import copper.codec.Rpcs;
import copper.codec.TreeReport;
import copper.tree.AddressBook;
import copper.tree.AddressBook.Entry;
import copper.tree.AddressBookException;
import copper.tree.Forest;
import copper.tree.TreeRule;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The commands of a node's own user, as they come through the {@link ControlServer}. */
public final class Commands {
  /** Empties the caches: a {@link ControlRequest}; the result is a TreeReport. */
  public static final String RESET = "reset";

  /** Says what nodes count: a {@link ControlRequest}; the result is a TreeReport. */
  public static final String STATS = "stats";

  /** Has files fetched ahead: see {@link Prefetch#run}. */
  public static final String PREFETCH = "prefetch";

  /** Says where the node is mounted, as text. */
  public static final String MOUNT = "mount";

  /** Says which trees there are: {@link #forest}. */
  public static final String FOREST = "forest";

  /** Measures the network to the parent: the result is lines of {@link copper.tree.Costs}. */
  public static final String LINK = "link";

  /** Says what the node is at just now, as text. */
  public static final String STATE = "state";

  private Commands() {}

  /**
   * Returns what a node does for each command.
   *
   * @param state what the node is at just now
   */
  public static Map<String, ControlServer.Command> of(
      Path mount,
      Forest forest,
      TreeCast tree,
      Prefetch prefetch,
      LinkProbe link,
      Supplier<String> state) {
    Map<String, ControlServer.Command> commands = new HashMap<>();
    commands.put(RESET, (body, progress) -> reset(tree, body));
    commands.put(STATS, (body, progress) -> cast(tree, Rpcs.STATS, body));
    commands.put(PREFETCH, prefetch::run);
    commands.put(MOUNT, (body, progress) -> text(mount.toString()));
    commands.put(STATE, (body, progress) -> text(state.get()));
    commands.put(FOREST, (body, progress) -> text(lines(forest)));
    commands.put(LINK, (body, progress) -> link.run().thenCompose(Commands::text));
    return commands;
  }

  private static CompletableFuture<ByteBuffer> text(String text) {
    return CompletableFuture.completedFuture(
        ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The number of trees and the fan-out, 0 for the original's, then the nodes as in a book, in the
   * order that makes the trees.
   */
  private static String lines(Forest forest) {
    return forest.nodes().stream()
        .map(node -> node.host() + " " + node.address())
        .collect(
            Collectors.joining(
                "\n", forest.trees() + " " + forest.rule().fanOut().orElse(0) + "\n", "\n"));
  }

  /**
   * Reads the answer to {@link #FOREST}.
   *
   * @throws AddressBookException if it is none
   */
  public static Forest forest(ByteBuffer answer) throws AddressBookException {
    List<String> lines = StandardCharsets.UTF_8.decode(answer).toString().lines().toList();
    List<Entry> nodes = new ArrayList<>();
    for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
      int blank = line.indexOf(' ');
      nodes.add(new Entry(line.substring(0, Math.max(0, blank)), line.substring(blank + 1)));
    }
    String rule = lines.isEmpty() ? "" : lines.get(0);
    if (!rule.matches("\\d{1,9} \\d{1,9}")) {
      throw new AddressBookException("the node's answer tells of no trees");
    }
    int trees = Integer.parseInt(rule.substring(0, rule.indexOf(' ')));
    int fanOut = Integer.parseInt(rule.substring(rule.indexOf(' ') + 1));
    return Forest.of(
        new AddressBook(nodes, List.of()),
        new TreeRule(trees, fanOut == 0 ? OptionalInt.empty() : OptionalInt.of(fanOut), false));
  }

  private static CompletableFuture<ByteBuffer> reset(TreeCast tree, ByteBuffer body) {
    ControlRequest request = ControlRequest.decode(body);
    return Reset.cast(
            () -> tree.run(Rpcs.RESET, request.body(), request.scope(), request.patience()))
        .thenApply(TreeReport::encode);
  }

  private static CompletableFuture<ByteBuffer> cast(TreeCast tree, String rpc, ByteBuffer body) {
    ControlRequest request = ControlRequest.decode(body);
    return tree.run(rpc, request.body(), request.scope(), request.patience())
        .thenApply(TreeReport::encode);
  }
}
