package copper.report;

import copper.tree.AddressBook;
import copper.tree.AddressBookException;
import copper.tree.TreeSegments;
import copper.tree.TreeShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
    Optional<TreeSegments> segments = segments(book);
    for (int i = 0; i < book.size(); i++) {
      AddressBook.Entry entry = book.get(i);
      indexes.put(entry.address(), i);
      int parent = segments.isPresent() ? parent(segments.get(), i) : -1;
      Optional<NodeProfile> profile = Optional.ofNullable(byAddress.get(entry.address()));
      places.add(new Place(entry.host(), entry.address(), parent, profile));
    }
  }

  /** The number of trees is not in the book: it is the first that agrees with every profile. */
  private Optional<TreeSegments> segments(List<AddressBook.Entry> book) {
    for (int trees = 1; trees <= book.size(); trees++) {
      TreeSegments segments = new TreeSegments(book.size(), trees);
      if (agrees(book, segments)) {
        return Optional.of(segments);
      }
    }
    return Optional.empty();
  }

  private boolean agrees(List<AddressBook.Entry> book, TreeSegments segments) {
    for (int i = 0; i < book.size(); i++) {
      NodeProfile node = byAddress.get(book.get(i).address());
      if (node != null) {
        int parent = parent(segments, i);
        String address = parent < 0 ? "" : book.get(parent).address();
        if (!address.equals(node.parent().orElse(""))) {
          return false;
        }
      }
    }
    return true;
  }

  private static int parent(TreeSegments segments, int node) {
    int index = segments.indexOf(node);
    int tree = segments.treeOf(node);
    return index == 0 ? -1 : segments.node(tree, TreeShape.of(segments.size(tree)).parent(index));
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
