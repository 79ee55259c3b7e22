package copper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.Budget;
import copper.codec.Rpcs;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.FilePart;
import copper.model.RawPath;
import copper.model.Reply;
import copper.simulate.VirtualTime;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcTransport;
import copper.tree.Above;
import copper.tree.TreeShape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A tree of 15 nodes of which some are lost, in virtual time; each node has a file of its own. */
class FailoverTest {
  private static final int NODES = 15;
  private static final int CHUNKS = 3;
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);
  private final List<MemoryStorage> storages = new ArrayList<>();
  private final List<Counters> counters = new ArrayList<>();
  private final List<CooperativeStore> stores = new ArrayList<>();
  private int files;

  FailoverTest() {
    for (int i = 0; i < NODES; i++) {
      storages.add(new MemoryStorage());
      counters.add(new Counters());
      stores.add(null);
    }
    for (int i = 0; i < NODES; i++) {
      start(i);
    }
    readEverywhere();
  }

  private void start(int index) {
    TreeShape shape = TreeShape.of(NODES);
    RpcTransport transport = network.join(name(index));
    CooperativeStore store =
        CooperativeStore.create(
            new Above(names(shape.ancestors(index)), names(shape.standIns(index))),
            transport,
            storages.get(index),
            new CooperativeStore.Limits(
                10 << 20, Duration.ofMillis(100), Budget.of(64 << 20, 1 << 20)),
            Timeouts.DEFAULT,
            new CooperativeStore.Environment(time, time, time, counters.get(index)));
    new RpcService(store, counters.get(index)).register(transport);
    stores.set(index, store);
  }

  private static String name(int index) {
    return "node-" + index;
  }

  private static List<String> names(List<Integer> indices) {
    return indices.stream().map(FailoverTest::name).toList();
  }

  private static byte[] content(int number) {
    byte[] content = new byte[100 + number];
    java.util.Arrays.fill(content, (byte) number);
    return content;
  }

  private RawPath newFile() {
    int number = files++;
    String path = "/folder-" + number + "/file";
    storages.forEach(storage -> storage.put(path, content(number)));
    return RawPath.of(path);
  }

  private static byte[] bytes(Reply<FilePart> reply) {
    byte[] copy = new byte[reply.value().data().remaining()];
    reply.value().data().duplicate().get(copy);
    return copy;
  }

  /** Has the nodes that are there read a new file. */
  private void readEverywhere(Integer... lost) {
    RawPath path = newFile();
    List<CompletableFuture<Reply<FilePart>>> answers = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      if (!List.of(lost).contains(i)) {
        answers.add(stores.get(i).read(path, 0, 10_000));
      }
    }
    time.advance(PAUSE);
    for (CompletableFuture<Reply<FilePart>> answer : answers) {
      assertTrue(answer.isDone(), "no answer within 5 s");
      assertArrayEquals(content(files - 1), bytes(answer.join()));
    }
  }

  /** Returns which nodes have read storage since they were last asked about. */
  private List<Integer> readers() {
    List<Integer> found =
        IntStream.range(0, NODES).filter(i -> !storages.get(i).asked().isEmpty()).boxed().toList();
    storages.forEach(storage -> storage.asked().clear());
    return found;
  }

  /** Returns which nodes have an answerer other than their parent. */
  private List<Integer> moved() {
    return IntStream.range(1, NODES)
        .filter(i -> stores.get(i).servedBy().role() != ServedBy.Role.PARENT)
        .boxed()
        .toList();
  }

  private String server(int index) {
    return stores.get(index).servedBy().address().orElse("storage");
  }

  @Test
  void onlyTheRootReadsStorageWhileAllAreThere() {
    assertEquals(List.of(0), readers());
    assertEquals(List.of(), moved());
  }

  @Test
  void theChildrenOfALostNodeGoToTheirGrandparentAndNobodyElseMoves() {
    readers();
    network.cut(name(1));
    readEverywhere(1);
    assertEquals(List.of(0), readers());
    assertEquals(List.of(3, 4), moved());
    assertEquals(name(0), server(3));
    assertEquals(ServedBy.Role.ANCESTOR, stores.get(3).servedBy().role());
  }

  @Test
  void aSilentNodeIsLostLikeADeadOne() {
    readers();
    network.hang(name(1));
    readEverywhere(1);
    assertEquals(List.of(0), readers());
    assertEquals(List.of(3, 4), moved());
  }

  @Test
  void theFirstChildOfALostRootReadsStorageForTheOthers() {
    readers();
    network.cut(name(0));
    readEverywhere(0);
    readEverywhere(0);
    assertEquals(List.of(1), readers());
    assertEquals(List.of(1, 2), moved());
    assertEquals("storage", server(1));
    assertEquals(name(1), server(2));
    assertEquals(ServedBy.Role.STAND_IN, stores.get(2).servedBy().role());
  }

  @Test
  void theRootAndItsSuccessorSilentAtOnce() {
    readers();
    network.hang(name(0));
    network.hang(name(1));
    readEverywhere(0, 1);
    assertEquals(List.of(2), readers());
    assertEquals(List.of(2, 3, 4), moved());
    assertEquals(name(2), server(3));
  }

  @Test
  void allThatAreNoLeavesAreLost() {
    readers();
    IntStream.range(0, 7).forEach(i -> network.cut(name(i)));
    readEverywhere(0, 1, 2, 3, 4, 5, 6);
    assertEquals(List.of(7), readers());
    assertEquals(name(7), server(14));
    assertEquals(name(7), server(8));
  }

  @Test
  void oneAfterAnotherIsLostWhileAllRead() {
    readers();
    List<Integer> lost = new ArrayList<>();
    for (int i : new int[] {3, 0, 5, 1, 2, 6, 4}) {
      network.cut(name(i));
      lost.add(i);
      readEverywhere(lost.toArray(Integer[]::new));
    }
    assertEquals(List.of(0, 1, 2, 4, 7), readers(), "one in turn");
    readEverywhere(lost.toArray(Integer[]::new));
    assertEquals(List.of(7), readers());
  }

  @Test
  void thoseThatComeBackAreTakenBack() {
    network.hang(name(0));
    network.hang(name(1));
    readEverywhere(0, 1);
    network.heal(name(0));
    network.heal(name(1));
    time.advance(Duration.ofSeconds(40));
    readers();
    readEverywhere();
    assertEquals(List.of(), moved());
    assertEquals(List.of(0), readers());
    assertEquals(1, counters.get(3).get(Counter.FAILOVERS));
  }

  @Test
  void aNodeThatRestartsRejoins() {
    network.cut(name(1));
    readEverywhere(1);
    network.heal(name(1));
    start(1);
    time.advance(Duration.ofSeconds(20));
    readers();
    readEverywhere();
    assertEquals(List.of(), moved());
    assertEquals(List.of(0), readers());
  }

  /** It would wait two minutes for its parent, and its children with it. */
  @Test
  void aNodeThatRestartsWhileItsParentIsLostHoldsNobodyUp() {
    time.advance(Duration.ofMinutes(3));
    network.cut(name(0));
    network.cut(name(1));
    readEverywhere(0, 1);
    network.heal(name(1));
    start(1);
    for (int i = 0; i < 10; i++) {
      readEverywhere(0);
    }
    readers();
    readEverywhere(0);
    assertEquals(List.of(1), readers());
    assertEquals(List.of(1, 2), moved());
  }

  @Test
  void theStartIsWaitedForThoughOthersAreThere() {
    VirtualNetwork before = network;
    IntStream.range(0, NODES).forEach(i -> before.cut(name(i)));
    IntStream.range(0, NODES).forEach(this::start);
    before.heal(name(0));
    before.heal(name(3));
    RawPath path = newFile();
    CompletableFuture<Reply<FilePart>> answer = stores.get(3).read(path, 0, 100);
    time.advance(Duration.ofSeconds(60));
    assertFalse(answer.isDone(), "its parent is not up yet, and the root is for few children");
    before.heal(name(1));
    time.advance(Duration.ofSeconds(2));
    assertTrue(answer.isDone());
    assertEquals(name(1), server(3));
  }

  @Test
  void aLargeFileThatIsBeingReadComesFromElsewhere() {
    byte[] content = new byte[CHUNKS * Chunks.BYTES * 4];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31 + i / 1000);
    }
    storages.forEach(storage -> storage.put("/large/file", content));
    RawPath path = RawPath.of("/large/file");
    readers();
    CompletableFuture<Reply<FilePart>> first = stores.get(7).read(path, 0, 1000);
    time.advance(Duration.ofMillis(100));
    assertTrue(first.isDone());
    network.hang(name(3));
    CompletableFuture<Reply<FilePart>> all = stores.get(7).read(path, 0, content.length);
    time.advance(PAUSE);
    assertTrue(all.isDone());
    assertArrayEquals(content, bytes(all.join()));
    assertEquals(List.of(0), readers());
  }

  @Test
  void aDirectoryThatIsBeingReadIsReadWhole() {
    for (int i = 0; i < 5000; i++) {
      int number = i;
      storages.forEach(storage -> storage.put("/many/file-" + number, content(1)));
    }
    for (int lost : new int[] {3, 1, 0}) {
      CompletableFuture<?> half = stores.get(7).lstat(RawPath.of("/many/file-1"));
      time.advance(Duration.ofMillis(3));
      network.cut(name(lost));
      CompletableFuture<Integer> names =
          stores.get(7).list(RawPath.of("/many")).thenApply(reply -> reply.value().total());
      time.advance(PAUSE.multipliedBy(2));
      assertTrue(half.isDone());
      assertEquals(5000, names.join());
      stores.forEach(CooperativeStore::clear);
    }
    assertEquals("storage", server(7).replace(name(2), "storage"));
  }

  @Test
  void aRootThatWaitsForStorageIsNotLost() {
    network.serve(name(0), Rpcs.LSTAT, request -> new CompletableFuture<Payload>());
    CompletableFuture<?> answer = stores.get(2).lstat(RawPath.of("/slow"));
    time.advance(Duration.ofSeconds(60));
    assertFalse(answer.isDone());
    assertEquals(List.of(), moved());
  }

  @Test
  void aCppAncestorStandsInForALostNode() {
    for (String rpc : Rpcs.FEATURES) {
      network.forget(name(0), rpc);
    }
    network.forget(name(0), Rpcs.HELLO);
    network.cut(name(1));
    readEverywhere(1);
    assertEquals(name(0), server(3));
    network.heal(name(1));
    time.advance(Duration.ofSeconds(20));
    readEverywhere();
    assertEquals(name(1), server(3));
  }

  @Test
  void aHealedPartitionMakesNoStorm() {
    for (int i = 0; i < 7; i++) {
      network.hang(name(i));
    }
    readEverywhere(0, 1, 2, 3, 4, 5, 6);
    int before = network.calls().size();
    for (int i = 0; i < 7; i++) {
      network.heal(name(i));
    }
    time.advance(Duration.ofSeconds(60));
    // Each of eight leaves asks some nodes some times whether they are there.
    assertTrue(network.calls().size() - before < 600, network.calls().size() - before + " calls");
    readers();
    readEverywhere();
    assertEquals(List.of(), moved());
    assertEquals(List.of(0), readers());
  }
}
