package copper.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A binary tree of nodes with one book and one secret, owned by its sandbox.
 *
 * <p>Up to 31 nodes the parent of node i is node (i - 1) / 2, so that a tree of 7 has the leaves 3
 * to 6.
 */
final class Tree {
  private final List<Node> nodes;

  private Tree(List<Node> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  /** Makes a tree that does not run yet. */
  static Tree of(Sandbox sandbox, String name, int size, Path target) {
    List<Integer> ports = IntStream.range(0, size).mapToObj(i -> sandbox.freePort()).toList();
    Path book =
        sandbox.write(
            name + "/book", ports.stream().map(Tree::bookLine).collect(Collectors.joining()));
    Path secret =
        sandbox.secret(name + "/secret", "the secret of these tests, long enough to be taken\n");
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      nodes.add(new Node(sandbox, name + "/n" + i, target, ports.get(i), book, secret));
    }
    return new Tree(nodes);
  }

  static String bookLine(int port) {
    return "localhost copper+tcp://127.0.0.1:" + port + "\n";
  }

  /** Sets up every node. */
  Tree each(Consumer<Node> setUp) {
    nodes.forEach(setUp);
    return this;
  }

  /** Starts all nodes at once, as a job does. */
  Tree start() {
    CompletableFuture<?>[] starts =
        nodes.stream()
            .map(node -> CompletableFuture.runAsync(node::start, task -> new Thread(task).start()))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(starts).join();
    return this;
  }

  Node node(int index) {
    return nodes.get(index);
  }

  Node root() {
    return nodes.get(0);
  }

  List<Node> nodes() {
    return nodes;
  }

  /** Returns the nodes without children. */
  List<Node> leaves() {
    return nodes.subList(nodes.size() / 2, nodes.size());
  }
}
