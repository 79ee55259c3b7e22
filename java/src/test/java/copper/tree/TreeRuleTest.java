package copper.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.tree.AddressBook.Entry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * That every rule makes trees: one parent each, no loops, nobody left out, no deeper than need be.
 */
class TreeRuleTest {
  private static final int LARGEST = 20_000;

  /** Hosts of racks with a few chassis each, not all full, in no order. */
  private static List<Entry> racks(int nodes, long seed) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      int cabinet = 4000 + i / 100;
      String host = "x%dc%ds%db%dn0".formatted(cabinet, i % 100 / 16, i % 16 / 2, i % 2) + ".site";
      entries.add(new Entry(host, "addr" + i));
    }
    Collections.shuffle(entries, new Random(seed));
    return entries;
  }

  private static List<Entry> plain(int nodes) {
    return IntStream.range(0, nodes).mapToObj(i -> new Entry("host" + i, "addr" + i)).toList();
  }

  private static Forest forest(List<Entry> nodes, TreeRule rule) throws AddressBookException {
    return Forest.of(new AddressBook(nodes, List.of()), rule);
  }

  private static TreeRule fixed(int trees, int fanOut, boolean placed) {
    return new TreeRule(trees, OptionalInt.of(fanOut), placed);
  }

  /** Walks all trees from their roots down. */
  private static void assertTrees(List<Entry> book, Forest forest) {
    Set<String> met = new HashSet<>();
    for (int tree = 0; tree < forest.trees(); tree++) {
      TreeShape shape = forest.shape(tree);
      int[] level = new int[shape.size()];
      List<Integer> queue = new ArrayList<>(List.of(0));
      for (int i = 0; i < queue.size(); i++) {
        int index = queue.get(i);
        assertTrue(met.add(forest.node(tree, index).address()), "a node is met twice");
        List<Integer> children = shape.children(index);
        assertTrue(children.size() <= shape.fanOut());
        for (int child : children) {
          assertEquals(index, shape.parent(child));
          level[child] = level[index] + 1;
          queue.add(child);
        }
      }
      assertEquals(shape.size(), queue.size());
      assertEquals(levels(shape.size(), shape.fanOut()), level[shape.size() - 1]);
    }
    Set<String> all = new HashSet<>();
    book.forEach(node -> all.add(node.address()));
    assertEquals(all, met);
  }

  /** Returns the steps that no tree of so many nodes can do without. */
  private static int levels(int size, int fanOut) {
    int levels = 0;
    for (long held = 1, width = 1; held < size; levels++) {
      width *= fanOut;
      held += width;
    }
    return levels;
  }

  @Property(tries = 300)
  void anyRuleMakesTrees(
      @ForAll @IntRange(min = 1, max = LARGEST) int nodes,
      @ForAll @IntRange(min = 1, max = 40) int trees,
      @ForAll @IntRange(min = 2, max = 300) int fanOut,
      @ForAll boolean racks,
      @ForAll boolean placed,
      @ForAll long seed)
      throws AddressBookException {
    List<Entry> book = racks ? racks(nodes, seed) : plain(nodes);
    TreeRule rule = fixed(Math.min(nodes, trees), fanOut, placed);
    assertTrees(book, forest(book, rule));
  }

  @Test
  void everyFanOutOfEverySmallNumberOfNodesMakesTrees() throws AddressBookException {
    for (int nodes = 1; nodes <= 40; nodes++) {
      List<Entry> book = racks(nodes, nodes);
      for (int trees = 1; trees <= nodes; trees += 3) {
        for (int fanOut = 2; fanOut <= nodes + 1; fanOut++) {
          assertTrees(book, forest(book, fixed(trees, fanOut, fanOut % 2 == 0)));
        }
      }
    }
  }

  @Test
  void everyFanOutOfTheLargestJobMakesTrees() throws AddressBookException {
    List<Entry> book = racks(LARGEST, 1);
    for (int fanOut = 2; fanOut <= LARGEST; fanOut += 1 + fanOut / 4) {
      assertTrees(book, forest(book, fixed(1, fanOut, true)));
      assertTrees(book, forest(book, fixed(7, fanOut, false)));
    }
    assertTrees(book, forest(book, fixed(3, TreeRule.LARGEST_FAN_OUT, true)));
  }

  /** Each node for itself must come to what the others come to. */
  @Property(tries = 40)
  void nodesAgreeOnWhoIsWhoseParent(
      @ForAll @IntRange(min = 1, max = 300) int nodes,
      @ForAll @IntRange(min = 1, max = 9) int trees,
      @ForAll @IntRange(min = 2, max = 20) int fanOut,
      @ForAll boolean placed,
      @ForAll long seed)
      throws AddressBookException {
    List<Entry> book = racks(nodes, seed);
    TreeRule rule = fixed(Math.min(nodes, trees), fanOut, placed);
    Map<String, TreePosition> positions = new HashMap<>();
    for (Entry entry : book) {
      // Computed anew, as on another machine.
      Forest own = forest(List.copyOf(book), rule);
      positions.put(entry.address(), TreePosition.find(own, entry.address(), entry.host()));
    }
    positions.forEach(
        (address, position) -> {
          position.children().forEach(c -> assertEquals(address, parent(positions, c)));
          List<String> walked = new ArrayList<>();
          for (String at = parent(positions, address); !at.isEmpty(); at = parent(positions, at)) {
            walked.add(at);
            assertTrue(walked.size() < nodes, "a loop");
          }
          assertEquals(walked, position.ancestors());
        });
    assertEquals(rule.trees(), positions.values().stream().filter(TreePosition::isRoot).count());
  }

  private static String parent(Map<String, TreePosition> positions, String address) {
    return positions.get(address).parent().orElse("");
  }

  private static int cabinet(Entry node) {
    return Location.of(node.host()).orElseThrow().cabinet();
  }

  private static List<Integer> cabinetsOfRoots(Forest forest) {
    return IntStream.range(0, forest.trees())
        .mapToObj(tree -> cabinet(forest.node(tree, 0)))
        .distinct()
        .toList();
  }

  private static int linksBetweenRacks(Forest forest) {
    int links = 0;
    for (int tree = 0; tree < forest.trees(); tree++) {
      TreeShape shape = forest.shape(tree);
      for (int index = 1; index < shape.size(); index++) {
        Entry parent = forest.node(tree, shape.parent(index));
        links += cabinet(parent) == cabinet(forest.node(tree, index)) ? 0 : 1;
      }
    }
    return links;
  }

  @Test
  void rootsAreInDifferentRacks() throws AddressBookException {
    for (int trees = 1; trees <= 10; trees++) {
      List<Entry> book = racks(1000, trees);
      assertEquals(trees, cabinetsOfRoots(forest(book, fixed(trees, 4, true))).size());
    }
    // One rack is nearly everything: the second tree's root is in the other one all the same.
    List<Entry> uneven = new ArrayList<>(racks(100, 1));
    uneven.add(new Entry("x5000c0s0b0n0", "far"));
    Forest two = forest(uneven, fixed(2, 3, true));
    assertEquals(List.of(4000, 5000), cabinetsOfRoots(two));
    assertTrees(uneven, two);
  }

  @Test
  void fewLinksCrossRacks() throws AddressBookException {
    List<Entry> book = racks(1000, 3);
    int placed = linksBetweenRacks(forest(book, fixed(1, 6, true)));
    int original = linksBetweenRacks(forest(book, TreeRule.original(1)));
    // A rack's border runs through one subtree of each level; a shuffled book has nine of ten links
    // go elsewhere.
    assertTrue(placed < 100, placed + " links");
    assertTrue(original > 800, original + " links");
  }

  @Test
  void whereOneNameTellsNothingAllStayWhereTheyAre() throws AddressBookException {
    List<Entry> book = new ArrayList<>(racks(50, 2));
    book.set(17, new Entry("login1", "addr"));
    assertEquals(book, forest(book, fixed(2, 3, true)).nodes());
    assertEquals(book.size(), new HashSet<>(book).size());
  }

  @Test
  void originalRuleIsTheOriginal() throws AddressBookException {
    List<Entry> book = racks(500, 5);
    Forest forest = forest(book, TreeRule.original(3));
    assertEquals(Forest.of(new AddressBook(book, List.of()), 3), forest);
    assertEquals(book, forest.nodes());
    for (int tree = 0; tree < 3; tree++) {
      assertEquals(TreeShape.of(forest.segments().size(tree)), forest.shape(tree));
    }
    assertTrue(TreeRule.original(3).isOriginal());
    assertFalse(fixed(3, 4, false).isOriginal());
    assertFalse(new TreeRule(3, OptionalInt.empty(), true).isOriginal());
  }

  @Test
  void marksAreEqualForEqualTreesOnly() throws AddressBookException {
    List<Entry> book = racks(100, 1);
    String mark = forest(book, TreeRule.original(2)).mark();
    assertEquals(mark, forest(List.copyOf(book), TreeRule.original(2)).mark());
    assertTrue(mark.startsWith("original "), mark);
    Set<String> marks = new HashSet<>(Set.of(mark));
    assertTrue(marks.add(forest(book, TreeRule.original(1)).mark()));
    assertTrue(marks.add(forest(book, fixed(2, 4, false)).mark()));
    assertTrue(marks.add(forest(book, fixed(2, 4, true)).mark()));
    assertTrue(marks.add(forest(book.subList(1, 100), TreeRule.original(2)).mark()));
    List<Entry> swapped = new ArrayList<>(book);
    Collections.swap(swapped, 0, 99);
    assertTrue(marks.add(forest(swapped, TreeRule.original(2)).mark()));
  }

  @Test
  void refusesRulesThatMakeNoTrees() {
    assertThrows(IllegalArgumentException.class, () -> TreeRule.original(0));
    assertThrows(IllegalArgumentException.class, () -> fixed(1, 1, false));
    assertThrows(AddressBookException.class, () -> forest(plain(3), fixed(4, 2, true)));
  }

  @Test
  void locationsOfHostNames() {
    assertEquals(new Location(4705, 2, 7, 1, 0), Location.of("x4705c2s7b1n0").orElseThrow());
    assertEquals(
        new Location(4705, 2, 7, 1, 0), Location.of("x4705c2s7b1n0.hsn.cm.site").orElseThrow());
    for (String name : new String[] {"frontier00001", "x4705c2s7b1", "ax4705c2s7b1n0", "", "x1"}) {
      assertTrue(Location.of(name).isEmpty(), name);
    }
  }
}
