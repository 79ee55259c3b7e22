package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.Budget;
import copper.codec.Rpcs;
import copper.metrics.Counters;
import copper.model.RawPath;
import copper.simulate.VirtualTime;
import copper.store.CooperativeStore;
import copper.store.RpcService;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Missing names that a node asks for anew in its kernel's place: a node below the root of a tree,
 * before a kernel that remembers what it is told.
 */
class RenewalTest {
  private static final Duration TTL = Duration.ofSeconds(2);

  /** How long the kernel is told to remember a name that is renewed. */
  private static final Duration RENEWED = Duration.ofSeconds(20);

  /** The time to live on each of two levels, and in the kernel, with three messages' time. */
  private static final Duration SEEN = TTL.multipliedBy(3).plusMillis(3);

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);
  private final MemoryStorage storage = new MemoryStorage().put("/dir/there", new byte[1]);
  private final CooperativeStore child;
  private final FakeKernel kernel = new FakeKernel();
  private final NodeTable nodes = new NodeTable();
  private final TestDispatcher dispatcher;
  private int requests;

  RenewalTest() {
    node("parent", Optional.empty());
    child = node("child", Optional.of("parent"));
    Timeouts timeouts = Timeouts.renewing(Duration.ofDays(1), Duration.ofDays(1), TTL);
    dispatcher = new TestDispatcher(kernel, child, nodes, timeouts, time, new Counters());
    answered(child.list(RawPath.of("/dir")));
    lookUp(1, "dir");
  }

  private CooperativeStore node(String address, Optional<String> parent) {
    RpcTransport transport = network.join(address);
    Counters counters = new Counters();
    CooperativeStore store =
        CooperativeStore.create(
            Above.of(parent),
            transport,
            storage,
            new CooperativeStore.Limits(1 << 20, TTL, Budget.of(64 << 20, 1 << 20)),
            copper.store.Timeouts.DEFAULT,
            new CooperativeStore.Environment(time, time, time, counters));
    new RpcService(store, counters).register(transport);
    return store;
  }

  private void answered(CompletableFuture<?> answer) {
    time.advance(Duration.ofMillis(100));
    assertTrue(answer.isDone());
  }

  /** Has the kernel ask for a name, and returns the answer. */
  private ByteBuffer lookUp(long directory, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    int length = Fuse.IN_HEADER + bytes.length + 1;
    ByteBuffer request = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    request.putInt(0, length).putInt(Fuse.IN_OPCODE, Fuse.LOOKUP);
    request.putLong(Fuse.IN_UNIQUE, 2L * ++requests).putLong(Fuse.IN_NODE, directory);
    request.put(Fuse.IN_HEADER, bytes);
    dispatcher.handle(request, length);
    time.advance(Duration.ofMillis(100));
    List<ByteBuffer> answers = kernel.take();
    assertEquals(1, answers.size());
    return answers.get(0);
  }

  /** Has the kernel ask for a name in the directory, and returns how long it may be missing. */
  private Duration missing(String name) {
    return missing(directory(), name);
  }

  private Duration missing(long directory, String name) {
    ByteBuffer answer = lookUp(directory, name);
    assertEquals(0, answer.getInt(Fuse.OUT_ERROR));
    assertEquals(0, answer.getLong(Fuse.OUT_HEADER), "it is there");
    return Duration.ofSeconds(answer.getLong(Fuse.OUT_HEADER + 16))
        .plusNanos(answer.getInt(Fuse.OUT_HEADER + 32));
  }

  private long directory() {
    return nodes.at(RawPath.of("/dir")).id();
  }

  /** Returns the names in the directory that the kernel is told to forget while time goes by. */
  private List<String> forgotten(Duration meanwhile) {
    time.advance(meanwhile);
    dispatcher.tell();
    List<String> names = new ArrayList<>();
    for (ByteBuffer message : kernel.take()) {
      assertEquals(Fuse.NOTIFY_INVAL_ENTRY, message.getInt(Fuse.OUT_ERROR));
      assertEquals(directory(), message.getLong(Fuse.OUT_HEADER));
      byte[] name = new byte[message.getInt(Fuse.OUT_HEADER + 8)];
      message.get(Fuse.OUT_HEADER + 16, name);
      names.add(new String(name, StandardCharsets.US_ASCII));
    }
    return names;
  }

  private long asked() {
    return network.count("copper_names") + network.count("copper_batch");
  }

  @Test
  void aNameThatAppearsIsForgottenByTheKernelInTime() {
    assertEquals(RENEWED, missing("one"));
    assertEquals(RENEWED, missing("other"));
    assertEquals(List.of(), forgotten(TTL.multipliedBy(3)));
    storage.put("/dir/one", new byte[2]);
    assertEquals(List.of("one"), forgotten(SEEN));
    assertEquals(List.of(), forgotten(RENEWED), "the others, and it, again");
  }

  @Test
  void manyNamesAreAskedForInOneCallAndNotForEver() {
    for (int i = 0; i < 40; i++) {
      missing("name-" + i);
    }
    assertTrue(asked() > 0, "while they were looked up");
    long before = asked();
    time.advance(RENEWED);
    long renewals = asked() - before;
    assertTrue(renewals >= 5 && renewals <= 14, renewals + " calls in ten times the time to live");
    time.advance(RENEWED);
    long after = asked();
    time.advance(RENEWED.multipliedBy(10));
    assertEquals(after, asked(), "the kernel holds none any more");
  }

  @Test
  void whileNobodyAnswersTheKernelIsNotTold() {
    missing("one");
    network.hang("parent");
    assertEquals(List.of(), forgotten(TTL.multipliedBy(4)));
    storage.put("/dir/one", new byte[2]);
    network.heal("parent");
    assertEquals(List.of("one"), forgotten(Duration.ofSeconds(10)));
  }

  @Test
  void aDirectoryThatIsGoneTellsOfNoName() {
    missing("one");
    storage.remove("/dir/there");
    assertEquals(List.of("one"), forgotten(SEEN));
  }

  /** As when the parent is lost and there is a C++ node above it. */
  @Test
  void aNodeThatCannotSayHasTheKernelForget() {
    missing("one");
    network.forget("parent", Rpcs.NAMES);
    assertEquals(List.of("one"), forgotten(SEEN));
    assertEquals(TTL, missing("one"));
  }

  @Test
  void afterAResetNothingIsLeftToForget() {
    missing("one");
    answered(dispatcher.reset.run());
    dispatcher.tell();
    kernel.take();
    storage.put("/dir/one", new byte[2]);
    assertEquals(List.of(), forgotten(SEEN));
  }

  /** There each is asked for by itself. */
  @Test
  void aNameOfALargeDirectoryIsNotRenewed() {
    for (int i = 0; i < 600; i++) {
      storage.put("/large/" + i, new byte[3]);
    }
    answered(child.list(RawPath.of("/large")));
    lookUp(1, "large");
    assertEquals(TTL, missing(nodes.at(RawPath.of("/large")).id(), "one"));
  }

  @Test
  void shortAndLongTimesToLiveAreWhatTheKernelIsTold() {
    for (Duration ttl :
        List.of(Duration.ZERO, Duration.ofMillis(999), Duration.ofMinutes(1), Duration.ofDays(1))) {
      Timeouts timeouts = Timeouts.renewing(Duration.ZERO, Duration.ZERO, ttl);
      assertEquals(ttl, timeouts.renewed());
      assertTrue(!timeouts.renews());
    }
    assertEquals(
        Duration.ofMinutes(1),
        Timeouts.renewing(Duration.ZERO, Duration.ZERO, Duration.ofSeconds(30)).renewed());
  }
}
