package copper.fuse.kernel;

import copper.model.FileStat;
import copper.model.RawPath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The nodes the kernel holds, with an exact count of how often it was told of each: what it forgets
 * is forgotten here, so that this is no larger than the kernel's own caches.
 *
 * <p>A name that changes its file type gets a node of its own, since the kernel's inode of the old
 * one cannot change; so does one whose content changes while the kernel knows of the old (see
 * {@link Node}). Safe on any thread.
 */
final class NodeTable {
  private final ConcurrentHashMap<Long, Node> byId = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<RawPath, Node> byPath = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong(Fuse.ROOT_ID);
  private final Node root = new Node(Fuse.ROOT_ID, Fuse.ROOT_ID, RawPath.ROOT, FileStat.S_IFDIR);

  NodeTable() {
    byId.put(root.id(), root);
    byPath.put(root.path(), root);
  }

  Node root() {
    return root;
  }

  /** Returns the node with that id; null if the kernel has forgotten it. */
  Node get(long id) {
    return byId.get(id);
  }

  /** Returns the node at {@code path}; null if the kernel knows none. */
  Node at(RawPath path) {
    return byPath.get(path);
  }

  /**
   * Returns the node for {@code path}, made if need be, and counts that the kernel is told of it;
   * if that fails, {@link #forget} it once.
   *
   * @param parent the directory it is in
   * @param stat what the kernel is told of it
   */
  Node acquire(Node parent, RawPath path, FileStat stat) {
    // All changes of a node happen under the map's lock on its path.
    return byPath.compute(
        path,
        (key, present) -> {
          Node node = present;
          if (node == null || node.type() != stat.type() || !node.goesWith(stat)) {
            node = new Node(lastId.incrementAndGet(), parent.id(), path, stat.type());
            node.goesWith(stat);
            byId.put(node.id(), node);
          }
          node.addLookups(1);
          return node;
        });
  }

  /** Takes {@code lookups} from the count of a node, and drops it when none are left. */
  void forget(long id, long lookups) {
    Node node = byId.get(id);
    if (node == null || node.isRoot()) {
      return;
    }
    byPath.compute(
        node.path(),
        (key, present) -> {
          if (node.addLookups(-lookups) > 0) {
            return present;
          }
          byId.remove(id);
          return present == node ? null : present;
        });
  }

  /** Returns the nodes there are now. */
  Collection<Node> all() {
    return new ArrayList<>(byId.values());
  }

  int size() {
    return byId.size();
  }
}
