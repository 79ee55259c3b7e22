package copper.report;

import copper.tree.AddressBook;
import copper.tree.AddressBookException;
import copper.tree.Forest;
import copper.tree.TreeRule;
import copper.tree.TreeSegments;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Whose parent each node of a run was: of all in the job's address book, and of those that are not
 * in it but left a profile.
 */
final class Overlay {
  /**
   * A place in a tree.
   *
   * @param host its machine
   * @param address its address; empty if it is not known
   * @param parent the index of its parent; -1 at a root
   * @param profile what the node wrote; none of one that was killed early, or never started
   */
  record Place(String host, String address, int parent, Optional<NodeProfile> profile) {}

  /** Trees and fan-outs of rules that are not the original's: no more are tried. */
  private static final int MOST_TREES = 16;

  private static final int MOST_CHILDREN = 64;

  private final List<Place> places = new ArrayList<>();
  private final Map<String, NodeProfile> byAddress = new HashMap<>();
  private final Map<String, Integer> indexes = new HashMap<>();

  private Overlay(List<NodeProfile> nodes) {
    // Of a node that was started again, the later profile.
    nodes.forEach(node -> node.address().ifPresent(address -> byAddress.put(address, node)));
  }

  /**
   * Returns the places, those of the book in its order first; a parent may come after its child.
   *
   * @param run the run's directory
   */
  static List<Place> of(Path run, List<NodeProfile> nodes) {
    Overlay overlay = new Overlay(nodes);
    List<AddressBook.Entry> book = book(run);
    overlay.addBook(book);
    overlay.addOthers(nodes);
    return overlay.places;
  }

  /** A book that cannot be read leaves what the nodes say of themselves. */
  private static List<AddressBook.Entry> book(Path run) {
    Path file = run.resolve("logs").resolve(AddressBook.FILE_NAME);
    try {
      return Files.exists(file) ? AddressBook.read(file).entries() : List.of();
    } catch (AddressBookException e) {
      return List.of();
    }
  }

  private void addBook(List<AddressBook.Entry> book) {
    Optional<Forest> forest = forest(book);
    Map<String, String> parents = new HashMap<>();
    forest.ifPresent(
        trees -> {
          for (int i = 0; i < book.size(); i++) {
            parents.put(trees.nodes().get(i).address(), parent(trees, i));
          }
        });
    for (int i = 0; i < book.size(); i++) {
      indexes.put(book.get(i).address(), i);
    }
    for (AddressBook.Entry entry : book) {
      int parent = indexes.getOrDefault(parents.getOrDefault(entry.address(), ""), -1);
      Optional<NodeProfile> profile = Optional.ofNullable(byAddress.get(entry.address()));
      places.add(new Place(entry.host(), entry.address(), parent, profile));
    }
  }

  /** The rule of the trees is not in the book: it is the first that agrees with every profile. */
  private Optional<Forest> forest(List<AddressBook.Entry> book) {
    AddressBook all = new AddressBook(book, List.of());
    int size = book.size();
    return trees(size)
        .mapToObj(TreeRule::original)
        .map(rule -> made(all, rule))
        .filter(this::agrees)
        .findFirst()
        .or(() -> others(all, trees(size), false))
        .or(() -> others(all, trees(Math.min(size, MOST_TREES)), true));
  }

  private static IntStream trees(int most) {
    return IntStream.rangeClosed(1, most);
  }

  private Optional<Forest> others(AddressBook book, IntStream trees, boolean placed) {
    return trees
        .boxed()
        .flatMap(
            number ->
                IntStream.rangeClosed(TreeRule.LEAST_FAN_OUT, MOST_CHILDREN)
                    .mapToObj(k -> new TreeRule(number, OptionalInt.of(k), placed)))
        .map(rule -> made(book, rule))
        .filter(this::agrees)
        .findFirst();
  }

  private static Forest made(AddressBook book, TreeRule rule) {
    try {
      return Forest.of(book, rule);
    } catch (AddressBookException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean agrees(Forest forest) {
    for (int i = 0; i < forest.nodes().size(); i++) {
      NodeProfile node = byAddress.get(forest.nodes().get(i).address());
      if (node != null && !parent(forest, i).equals(node.parent().orElse(""))) {
        return false;
      }
    }
    return true;
  }

  /** Returns the address of a node's parent; of none at a root. */
  private static String parent(Forest forest, int node) {
    TreeSegments segments = forest.segments();
    int index = segments.indexOf(node);
    int tree = segments.treeOf(node);
    return index == 0 ? "" : forest.node(tree, forest.shape(tree).parent(index)).address();
  }

  private void addOthers(List<NodeProfile> nodes) {
    List<NodeProfile> others =
        nodes.stream()
            .filter(node -> node.address().map(indexes::get).isEmpty())
            .filter(node -> node.address().map(a -> byAddress.get(a).equals(node)).orElse(true))
            .toList();
    int first = places.size();
    for (int i = 0; i < others.size(); i++) {
      int index = first + i;
      others.get(i).address().ifPresent(address -> indexes.put(address, index));
    }
    for (NodeProfile node : others) {
      int parent = node.parent().map(address -> indexes.getOrDefault(address, -1)).orElse(-1);
      places.add(new Place(node.host(), node.address().orElse(""), parent, Optional.of(node)));
    }
  }
}
