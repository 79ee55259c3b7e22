package copper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.Budget;
import copper.codec.PathRequest;
import copper.codec.PushAnswer;
import copper.codec.PushRequest;
import copper.codec.Rpcs;
import copper.config.PushMode;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.FilePart;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.simulate.VirtualTime;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A root with the children a, b and inner, the last with the child leaf, in virtual time. */
class PushTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Budget BUDGET = Budget.of(256 << 20, 16 << 20);

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);
  private final MemoryStorage storage = new MemoryStorage().put("/begin/x", new byte[1]);
  private final Map<String, Counters> counters = new HashMap<>();
  private CooperativeStore root;
  private CooperativeStore a;
  private CooperativeStore b;
  private CooperativeStore inner;
  private CooperativeStore leaf;

  private CooperativeStore node(String address, String parent, PushMode mode, Budget budget) {
    return below(address, Above.of(Optional.ofNullable(parent)), mode, budget);
  }

  private CooperativeStore below(String address, Above above, PushMode mode, Budget budget) {
    RpcTransport transport = network.join(address);
    Counters own = new Counters();
    counters.put(address, own);
    CooperativeStore store =
        CooperativeStore.create(
            above,
            transport,
            above.ancestors().isEmpty() ? storage : new MemoryStorage(),
            new CooperativeStore.Limits(8 << 20, LONG, budget),
            Timeouts.DEFAULT,
            new CooperativeStore.Environment(time, time, time, own).pushing(mode));
    new RpcService(store, own).register(transport);
    return store;
  }

  private void start(PushMode mode) {
    root = node("root", null, mode, BUDGET);
    a = node("a", "root", mode, BUDGET);
    b = node("b", "root", mode, BUDGET);
    inner = node("inner", "root", mode, BUDGET);
    leaf = node("leaf", "inner", mode, BUDGET);
    begin(a, b, inner, leaf);
  }

  /** Has nodes ask something, each another name, after which they are sent what others ask for. */
  private void begin(CooperativeStore... nodes) {
    for (int i = 0; i < nodes.length; i++) {
      settled(nodes[i].lstat(RawPath.of("/begin" + i)));
    }
  }

  private <T> T settled(CompletableFuture<T> answer) {
    time.advance(Duration.ofMillis(100));
    assertTrue(answer.isDone(), "no answer within 100 ms");
    return answer.join();
  }

  private byte[] read(CooperativeStore store, String path, int size) {
    return bytes(settled(store.read(RawPath.of(path), 0, size)));
  }

  private static byte[] bytes(Reply<FilePart> file) {
    byte[] copy = new byte[file.value().data().remaining()];
    file.value().data().duplicate().get(copy);
    return copy;
  }

  private long count(String node, Counter counter) {
    return counters.get(node).get(counter);
  }

  private static byte[] pattern(int length, int start) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (start + i * 31 + i / 257);
    }
    return bytes;
  }

  @Test
  void whatOneAsksForIsThereForAllWithoutACall() {
    storage.put("/p/small", pattern(3000, 1)).put("/p/medium", pattern(200_000, 2));
    storage.put("/p/large", pattern(3 << 20, 3));
    start(PushMode.ON);
    settled(a.list(RawPath.of("/p")));
    read(a, "/p/small", 3000);
    read(a, "/p/medium", 200_000);
    read(a, "/p/large", 3 << 20);
    for (String node : List.of("b", "inner", "leaf")) {
      long before = count(node, Counter.RPC_SENT);
      CooperativeStore store = Map.of("b", b, "inner", inner, "leaf", leaf).get(node);
      assertEquals(3000, settled(store.lstat(RawPath.of("/p/small"))).value().size());
      assertArrayEquals(pattern(3000, 1), read(store, "/p/small", 3000));
      assertArrayEquals(pattern(200_000, 2), read(store, "/p/medium", 200_000));
      assertArrayEquals(pattern(3 << 20, 3), read(store, "/p/large", 3 << 20));
      assertEquals(before, count(node, Counter.RPC_SENT), node);
      long taken = count(node, Counter.PUSH_TAKEN);
      assertTrue(taken >= 2 + 12, node + " took " + taken);
      assertEquals(taken, count(node, Counter.PUSH_USED), node);
    }
    assertEquals(0, count("a", Counter.PUSH_TAKEN), "it asked itself");
    assertTrue(count("inner", Counter.PUSHED) >= 14, "and sends on what it was sent");
  }

  @Test
  void namesThatAreMissingInAListingThatCameUnaskedAreKnown() {
    storage.put("/p/there", new byte[1]);
    start(PushMode.ON);
    settled(a.list(RawPath.of("/p")));
    long before = count("b", Counter.RPC_SENT);
    assertEquals(2, settled(b.lstat(RawPath.of("/p/missing"))).errno());
    assertEquals(before, count("b", Counter.RPC_SENT));
    assertEquals(1, count("b", Counter.PUSH_USED));
  }

  @Test
  void nodesThatWereNotToldToNeitherAskNorSend() {
    start(PushMode.OFF);
    settled(a.list(RawPath.of("/begin")));
    assertEquals(0, network.count(Rpcs.PUSH));
    node("old", null, PushMode.OFF, BUDGET);
    begin(node("new", "old", PushMode.ON, BUDGET));
    assertEquals(0, network.count(Rpcs.PUSH), "its hello does not say that it can");
  }

  /** Whenever the reset comes, nothing of before is there after it. */
  @Test
  void nothingOldSurvivesAReset() {
    start(PushMode.ON);
    for (int wait = 0; wait < 24; wait++) {
      String file = "/reset" + wait + "/file";
      storage.put(file, pattern(100, 1)).put("/reset" + wait + "/other", new byte[1]);
      a.list(RawPath.of(file).parent()).thenCompose(names -> a.read(RawPath.of(file), 0, 100));
      time.advance(VirtualNetwork.LATENCY.multipliedBy(wait));
      storage.put(file, pattern(101, 2));
      for (CooperativeStore store : List.of(root, a, b, inner, leaf)) {
        store.clear();
        time.advance(Duration.ofMillis(1));
      }
      for (CooperativeStore store : List.of(leaf, b, inner)) {
        assertArrayEquals(pattern(101, 2), read(store, file, 200), "after " + wait + " ms");
      }
      begin(a, b, inner, leaf);
    }
    assertTrue(count("leaf", Counter.PUSH_TAKEN) > 0);
  }

  @Test
  void itStopsWhenNobodyUsesItAndBeginsAgainLater() {
    start(PushMode.ON);
    long stopped = sendMany(0, 150);
    assertTrue(stopped < 2 * 150, stopped + " things");
    assertEquals(stopped, sendMany(150, 100), "none while it has stopped");
    time.advance(Duration.ofSeconds(31));
    assertTrue(sendMany(250, 20) > stopped, "and again");
  }

  /** Has a ask for names one after the other; returns how many things the root has sent. */
  private long sendMany(int from, int count) {
    for (int i = from; i < from + count; i++) {
      String directory = "/d" + i;
      storage.put(directory + "/x", new byte[1]);
      settled(a.list(RawPath.of(directory)));
    }
    return count("root", Counter.PUSHED);
  }

  @Test
  void itGoesOnWhileItIsUsed() {
    start(PushMode.ON);
    for (int i = 0; i < 300; i++) {
      storage.put("/d" + i + "/x", new byte[1]);
      settled(a.list(RawPath.of("/d" + i)));
      settled(b.list(RawPath.of("/d" + i)));
    }
    assertEquals(300, count("b", Counter.PUSH_USED));
  }

  @Test
  void autoWaitsUntilChildrenAskForTheSame() {
    start(PushMode.AUTO);
    for (int i = 0; i < 100; i++) {
      storage.put("/a" + i + "/x", new byte[1]).put("/b" + i + "/x", new byte[1]);
      settled(a.list(RawPath.of("/a" + i)));
      settled(b.list(RawPath.of("/b" + i)));
    }
    assertEquals(0, count("root", Counter.PUSHED));
    for (int i = 0; i < 100; i++) {
      storage.put("/c" + i + "/x", new byte[1]);
      settled(a.list(RawPath.of("/c" + i)));
      settled(b.list(RawPath.of("/c" + i)));
    }
    assertTrue(count("b", Counter.PUSH_TAKEN) > 20);
  }

  @Test
  void whatComesUnaskedTakesNoRoomFromWhatWasAskedFor() {
    start(PushMode.ON);
    CooperativeStore small = node("small", "root", PushMode.ON, Budget.of(4 << 20, 1 << 20));
    storage.put("/own/file", pattern(900_000, 1));
    assertArrayEquals(pattern(900_000, 1), read(small, "/own/file", 900_000));
    for (int i = 0; i < 20; i++) {
      storage.put("/others/" + i, pattern(400_000, i));
    }
    for (int i = 0; i < 20; i++) {
      read(a, "/others/" + i, 400_000);
    }
    long calls = count("small", Counter.RPC_SENT);
    assertArrayEquals(pattern(900_000, 1), read(small, "/own/file", 900_000));
    assertEquals(calls, count("small", Counter.RPC_SENT));
    assertTrue(count("small", Counter.PUSH_TAKEN) > 0);
    assertTrue(count("small", Counter.PUSH_USELESS) > 0);
    assertTrue(small.fill().dataBytes() <= small.fill().dataLimit());
  }

  @Test
  void aChildThatAsksForNoMoreIsSentNoMore() {
    root = node("root", null, PushMode.ON, BUDGET);
    a = node("a", "root", PushMode.ON, BUDGET);
    RpcTransport slow = network.join("slow");
    List<CompletableFuture<ByteBuffer>> waiting = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Payload request = new Payload(new PushRequest(0, 0, 0).encode());
      waiting.add(slow.call("root", Rpcs.PUSH, request, LONG));
    }
    assertEquals(List.of(), PushAnswer.decode(settled(waiting.get(0))), "one too many");
    for (int i = 0; i < 2000; i++) {
      storage.put("/f" + i, new byte[100_000]);
    }
    for (int i = 0; i < 2000; i++) {
      settled(a.read(RawPath.of("/f" + i), 0, 100_000));
    }
    int sent = settled(waiting.get(1)).remaining() + settled(waiting.get(2)).remaining();
    assertTrue(sent > 100_000 && sent <= 4 << 20, sent + " bytes");
    assertTrue(count("root", Counter.PUSHED_BYTES) <= sent);
  }

  @Test
  void whoLosesItsParentIsSentThingsByTheNextOne() {
    start(PushMode.ON);
    CooperativeStore other =
        below("other", new Above(List.of("inner", "root"), List.of()), PushMode.ON, BUDGET);
    begin(other);
    network.hang("inner");
    CompletableFuture<Reply<FileStat>> answer = other.lstat(RawPath.of("/begin/x"));
    time.advance(Duration.ofSeconds(20));
    assertEquals(1, answer.join().value().size());
    storage.put("/late/x", new byte[2]);
    settled(a.list(RawPath.of("/late")));
    long calls = count("other", Counter.RPC_SENT);
    assertEquals(2, settled(other.lstat(RawPath.of("/late/x"))).value().size());
    assertEquals(calls, count("other", Counter.RPC_SENT));
    assertEquals(1, count("other", Counter.FAILOVERS));
  }

  /** A node that the root's child asks, and that answers its copper_push so. */
  private CooperativeStore toldBy(List<ByteBuffer> message) {
    node("liar", null, PushMode.ON, BUDGET);
    network.serve(
        "liar", Rpcs.PUSH, request -> CompletableFuture.completedFuture(new Payload(message)));
    CooperativeStore child = node("child", "liar", PushMode.ON, BUDGET);
    begin(child);
    return child;
  }

  @Test
  void aMessageThatIsNoneIsPassedOver() {
    CooperativeStore child = toldBy(List.of(ByteBuffer.wrap(new byte[] {1, 2, 3})));
    assertEquals(1, settled(child.lstat(RawPath.of("/begin/x"))).value().size());
    assertEquals(0, count("child", Counter.PUSH_TAKEN));
    assertTrue(network.count(Rpcs.PUSH) <= 2 * PushQueue.WINDOW, "it does not ask on and on");
  }

  @Test
  void whatIsNotAskedForThatWayIsNotTaken() {
    RawPath path = RawPath.of("/begin/x");
    FileStat wrong = FileStat.builder().mode(FileStat.S_IFREG | 0644).size(77).nlink(1).build();
    List<ByteBuffer> request = new PathRequest(false, path).encode();
    List<ByteBuffer> answer = Query.LSTAT.answer(Reply.of(wrong), false);
    List<PushAnswer.Item> items =
        List.of(
            new PushAnswer.Item("rpc_unheard_of", request, answer),
            new PushAnswer.Item(Rpcs.NAMES, request, List.of(ByteBuffer.allocate(12))),
            new PushAnswer.Item(Rpcs.LSTAT, request, Query.LSTAT.answer(Reply.failure(2), false)));
    CooperativeStore child = toldBy(PushAnswer.encode(items));
    assertEquals(0, count("child", Counter.PUSH_TAKEN));
    assertEquals(1, settled(child.lstat(path)).value().size());
  }

  @Test
  void theOldestGoesWhenTooMuchWaits() {
    PushQueue queue = new PushQueue(new PushRequest(0, 0, 0));
    for (int i = 0; i < 5000; i++) {
      queue.offer(PushThing.of(Query.LIST, RawPath.of("/" + i)).orElseThrow(), 0);
    }
    PushThing first = queue.next(true, 0);
    assertEquals("/3976", first.path().toString());
    queue.know(PushThing.of(Query.LIST, RawPath.of("/3977")).orElseThrow());
    assertEquals("/3978", queue.next(true, 0).path().toString(), "it has been asked for");
    assertEquals(Set.of(), PushThing.bringing(Query.NAMES, RawPath.ROOT));
  }
}
