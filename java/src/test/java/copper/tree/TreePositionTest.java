package copper.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.tree.AddressBook.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which tree a node is in and who is around it. */
class TreePositionTest {
  private static AddressBook book(int nodes) {
    List<Entry> entries =
        IntStream.range(0, nodes).mapToObj(i -> new Entry("host" + i, "addr" + i)).toList();
    return new AddressBook(entries, List.of());
  }

  /**
   * Deals out as the original does: equal shares of the list one after the other, then what remains
   * of it one node a tree from the first on.
   */
  private static List<List<Integer>> deal(int nodes, int trees) {
    List<List<Integer>> dealt = new ArrayList<>();
    int next = 0;
    for (int tree = 0; tree < trees; tree++) {
      List<Integer> share = new ArrayList<>();
      while (share.size() < nodes / trees) {
        share.add(next++);
      }
      dealt.add(share);
    }
    for (int tree = 0; next < nodes; tree++) {
      dealt.get(tree).add(next++);
    }
    return dealt;
  }

  @Test
  void dealsOutAsTheOriginal() {
    assertEquals(List.of(List.of(0, 1, 6), List.of(2, 3, 7), List.of(4, 5)), deal(8, 3));
    for (int nodes = 1; nodes <= 60; nodes++) {
      for (int trees = 1; trees <= nodes; trees++) {
        assertSegments(nodes, trees);
      }
    }
    for (int trees : new int[] {1, 2, 3, 7, 64, 6_666, 9_999, 19_999, 20_000}) {
      assertSegments(20_000, trees);
    }
  }

  private static void assertSegments(int nodes, int trees) {
    TreeSegments segments = new TreeSegments(nodes, trees);
    List<List<Integer>> dealt = deal(nodes, trees);
    for (int tree = 0; tree < trees; tree++) {
      List<Integer> members = dealt.get(tree);
      assertEquals(members.size(), segments.size(tree));
      for (int index = 0; index < members.size(); index++) {
        int node = members.get(index);
        assertEquals(node, segments.node(tree, index));
        assertEquals(tree, segments.treeOf(node));
        assertEquals(index, segments.indexOf(node));
      }
    }
  }

  @Test
  void refusesNumbersOfTreesThatDoNotFit() {
    for (int trees : new int[] {-1, 0, 6, Integer.MAX_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> new TreeSegments(5, trees));
      AddressBookException e =
          assertThrows(AddressBookException.class, () -> Forest.of(book(5), trees));
      assertEquals(
          "-trees "
              + trees
              + " does not fit the address book of 5 nodes; give a number from 1 to 5",
          e.getMessage());
    }
  }

  @Test
  void everyNodeReachesTheRootOfItsTree() throws AddressBookException {
    for (int nodes : new int[] {1, 2, 31, 32, 100, 500}) {
      for (int trees : new int[] {1, 2, 3, 7}) {
        if (trees <= nodes) {
          assertForest(book(nodes), trees);
        }
      }
    }
  }

  /**
   * Checks that what nodes say of each other agrees, from the children up and from parents down.
   */
  private static void assertForest(AddressBook book, int trees) throws AddressBookException {
    Map<String, TreePosition> positions = new HashMap<>();
    for (Entry entry : book.entries()) {
      TreePosition position =
          TreePosition.find(Forest.of(book, trees), entry.address(), "elsewhere");
      positions.put(entry.address(), position);
    }
    List<List<Integer>> dealt = deal(book.entries().size(), trees);
    positions.forEach(
        (address, position) -> {
          assertEquals(address, position.address());
          int number = dealt.get(position.tree()).get(position.index());
          assertEquals(address, "addr" + number);
          assertEquals(position.isRoot(), position.parent().isEmpty());
          assertEquals(position.depth(), position.ancestors().size());
          assertAncestors(positions, position);
          for (String child : position.children()) {
            assertEquals(Optional.of(address), positions.get(child).parent());
          }
          position
              .parent()
              .ifPresent(p -> assertTrue(positions.get(p).children().contains(address), address));
        });
    long roots = positions.values().stream().filter(TreePosition::isRoot).count();
    assertEquals(trees, roots);
  }

  private static void assertAncestors(Map<String, TreePosition> positions, TreePosition position) {
    List<String> walked = new ArrayList<>();
    TreePosition at = position;
    while (!at.isRoot()) {
      at = positions.get(at.parent().orElseThrow());
      walked.add(at.address());
    }
    assertEquals(walked, position.ancestors());
    assertEquals(position.tree(), at.tree());
  }

  @Test
  void putsTheLastOfTheListAtTheEndOfTheFirstTrees() throws AddressBookException {
    // 8 nodes in 3 trees: 0 1 6 | 2 3 7 | 4 5
    TreePosition seventh = TreePosition.find(Forest.of(book(8), 3), "addr6", "");
    assertEquals(0, seventh.tree());
    assertEquals(2, seventh.index());
    assertEquals(List.of("addr0"), seventh.ancestors());
    TreePosition root = TreePosition.find(Forest.of(book(8), 3), "addr2", "");
    assertEquals(List.of("addr3", "addr7"), root.children());
    assertEquals(1, root.tree());
    assertTrue(root.isRoot());
  }

  @Test
  void findsByAddressFirstThenByHost() throws AddressBookException {
    AddressBook book =
        new AddressBook(
            List.of(
                new Entry("a", "1"),
                new Entry("b.one", "2"),
                new Entry("b.two", "3"),
                new Entry("c.site", "4"),
                new Entry("a", "5")),
            List.of());
    assertEquals("1", TreePosition.find(Forest.of(book, 1), "1", "c").address());
    assertEquals("5", TreePosition.find(Forest.of(book, 1), "5", "a").address());
    assertEquals("2", TreePosition.find(Forest.of(book, 1), "?", "b.one").address());
    assertEquals("4", TreePosition.find(Forest.of(book, 1), "?", "c").address());
    assertEquals("4", TreePosition.find(Forest.of(book, 1), "?", "c.other").address());
    assertMessage(book, "a", "host name a 2 times");
    assertMessage(book, "b", "host name b 2 times");
    assertMessage(book, "d", "nor its host name d; add the line 'd ?'");
    // The address is compared as it is: another spelling is another address.
    assertMessage(book, "x", "has not this node's address ?");
  }

  private static void assertMessage(AddressBook book, String host, String expected) {
    AddressBookException e =
        assertThrows(
            AddressBookException.class, () -> TreePosition.find(Forest.of(book, 1), "?", host));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  @Test
  void aloneIsARootWithoutAnybody() {
    TreePosition alone = TreePosition.alone("here");
    assertTrue(alone.isRoot());
    assertEquals(List.of(), alone.children());
    assertEquals(
        "node 0 of 1 in tree 0, fan-out 2, depth 0, parent none (root), 0 children",
        alone.toString());
  }
}
