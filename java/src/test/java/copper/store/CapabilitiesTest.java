package copper.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.Budget;
import copper.codec.Hello;
import copper.codec.Rpcs;
import copper.metrics.Counters;
import copper.model.RawPath;
import copper.simulate.VirtualTime;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * A child and parents of other versions: older ones, newer ones, C++ ones, and each after another.
 */
class CapabilitiesTest {
  private static final RawPath FILE = RawPath.of("/folder/file");
  private static final byte[] CONTENT = new byte[5 * Chunks.BYTES];
  private static final Duration TTL = Duration.ofMillis(100);

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);
  private final MemoryStorage storage = new MemoryStorage().put("/folder/file", CONTENT);
  private final MemoryStorage ownStorage = new MemoryStorage().put("/folder/file", CONTENT);
  private final CooperativeStore child = store(Optional.of("parent"), network.join("child"), true);

  private CooperativeStore store(Optional<String> parent, RpcTransport transport, boolean isChild) {
    return CooperativeStore.create(
        Above.of(parent),
        transport,
        isChild ? ownStorage : storage,
        new CooperativeStore.Limits(4 << 20, TTL, Budget.of(64 << 20, 1 << 20)),
        Timeouts.DEFAULT,
        new CooperativeStore.Environment(time, time, time, new Counters()));
  }

  /** Starts a parent that serves no others of our own RPCs than {@code rpcs}. */
  private RpcTransport startParent(Set<String> rpcs) {
    RpcTransport transport = network.join("parent");
    Map<String, RpcHandler> all = new HashMap<>();
    RpcTransport collecting =
        new RpcTransport() {
          @Override
          public String address() {
            return transport.address();
          }

          @Override
          public void register(String name, RpcHandler handler) {
            all.put(name, handler);
          }

          @Override
          public CompletableFuture<ByteBuffer> call(
              String address, String name, Payload request, Duration timeout) {
            return transport.call(address, name, request, timeout);
          }

          @Override
          public void close() {}
        };
    new RpcService(store(Optional.empty(), collecting, false), new Counters()).register(collecting);
    all.forEach(
        (name, handler) -> {
          if (!Rpcs.isOurs(name) || rpcs.contains(name)) {
            transport.register(name, handler);
          }
        });
    return transport;
  }

  private RpcTransport startParent(Hello hello, Set<String> rpcs) {
    RpcTransport parent = startParent(rpcs);
    parent.register(
        Rpcs.HELLO, request -> CompletableFuture.completedFuture(new Payload(hello.encode())));
    return parent;
  }

  private static Hello hello(int oldest, int newest, Set<String> features) {
    return new Hello(oldest, newest, features, "other", ByteBuffer.allocate(0));
  }

  private static Set<String> and(Set<String> rpcs, String... more) {
    Set<String> all = new HashSet<>(rpcs);
    all.addAll(List.of(more));
    return all;
  }

  private static Set<String> allOurs() {
    return and(Rpcs.FEATURES, Rpcs.HELLO);
  }

  private void readsAllOfIt() {
    CompletableFuture<?> listing = child.list(FILE.parent());
    time.advance(Duration.ofSeconds(3));
    assertTrue(listing.isDone());
    CompletableFuture<byte[]> bytes =
        child
            .read(FILE, 0, CONTENT.length)
            .thenApply(
                reply -> {
                  byte[] copy = new byte[reply.value().data().remaining()];
                  reply.value().data().get(copy);
                  return copy;
                });
    time.advance(Duration.ofSeconds(3));
    assertArrayEquals(CONTENT, bytes.join());
  }

  private long ours() {
    return network.calls().stream().filter(call -> call.contains(" copper_")).count();
  }

  @Test
  void everyRpcOfOursIsAnnounced() {
    Set<String> registered = new HashSet<>();
    RpcTransport transport = network.join("any");
    new RpcService(store(Optional.empty(), transport, false), new Counters())
        .register(
            new RpcTransport() {
              @Override
              public String address() {
                return "any";
              }

              @Override
              public void register(String name, RpcHandler handler) {
                registered.add(name);
              }

              @Override
              public CompletableFuture<ByteBuffer> call(
                  String address, String name, Payload request, Duration timeout) {
                throw new UnsupportedOperationException();
              }

              @Override
              public void close() {}
            });
    registered.removeIf(name -> !Rpcs.isOurs(name));
    // Those down the tree are control's to register (copper.node.Controls).
    assertEquals(allOurs(), and(registered, Rpcs.RESET, Rpcs.STATS, Rpcs.PREFETCH, Rpcs.ECHO));
  }

  /** Has a child of the trees {@code own} ask a parent that says {@code hello}, or none. */
  private boolean asksParent(String own, Optional<Hello> hello) {
    CooperativeStore asking =
        CooperativeStore.create(
            Above.of(Optional.of("parent")),
            network.join("child"),
            ownStorage,
            new CooperativeStore.Limits(4 << 20, TTL, Budget.of(64 << 20, 1 << 20)),
            Timeouts.DEFAULT,
            new CooperativeStore.Environment(time, time, time, new Counters())
                .withHello(Hello.own(own)));
    if (hello.isPresent()) {
      startParent(hello.get(), allOurs());
    } else {
      startParent(Set.of());
    }
    long before = network.count("rpc_lstat") + network.count("copper_list");
    CompletableFuture<?> answer = asking.lstat(FILE);
    time.advance(Duration.ofSeconds(10));
    assertTrue(answer.isDone(), "it waits for a parent that it must not ask");
    return network.count("rpc_lstat") + network.count("copper_list") > before;
  }

  @Test
  void aParentInOtherTreesIsNotAsked() {
    String original = Hello.ORIGINAL + "rule, 1 tree";
    Optional<Hello> older = Optional.of(Hello.own());
    assertTrue(asksParent(original, Optional.of(Hello.own(original))));
    assertTrue(asksParent(original, Optional.empty()), "a C++ node");
    assertTrue(asksParent(original, older), "an older node");
    assertTrue(asksParent("1 tree, fan-out 4", Optional.of(Hello.own("1 tree, fan-out 4"))));
    assertFalse(asksParent("1 tree, fan-out 4", Optional.of(Hello.own("1 tree, fan-out 5"))));
    assertFalse(asksParent("1 tree, fan-out 4", Optional.of(Hello.own(original))));
    assertFalse(asksParent(original, Optional.of(Hello.own("1 tree, fan-out 4"))));
    assertFalse(asksParent("1 tree, fan-out 4", Optional.empty()), "a C++ node has the original");
    assertFalse(asksParent("1 tree, fan-out 4", older), "so has an older node");
  }

  @Test
  void oneHelloIsSaidHoweverManyCallsFollow() {
    startParent(allOurs());
    for (int i = 0; i < 20; i++) {
      child.lstat(RawPath.of("/folder/" + i));
    }
    readsAllOfIt();
    assertEquals(1, network.count("copper_hello"));
    assertEquals(5, network.count("copper_read"));
    assertEquals(List.of(), ownStorage.asked());
  }

  @Test
  void aCppParentIsAskedNothingButTheHelloBesideTheOriginalRpcs() {
    startParent(Set.of());
    readsAllOfIt();
    child.readlink(FILE);
    child.statfs(FILE);
    time.advance(Duration.ofSeconds(1));
    assertEquals(1, ours(), network.calls()::toString);
    assertEquals(1, network.count("copper_hello"));
  }

  @Test
  void anOlderParentIsAskedWhatItHasAlone() {
    Set<String> few = Set.of(Rpcs.READ, Rpcs.STATFS);
    startParent(hello(1, 1, few), and(few, Rpcs.HELLO));
    readsAllOfIt();
    child.readlink(FILE);
    time.advance(Duration.ofSeconds(1));
    assertEquals(5, network.count("copper_read"));
    assertEquals(1, network.count("rpc_readdir"));
    assertEquals(6, ours(), network.calls()::toString);
  }

  @Test
  void aNewerParentIsAskedWhatWeKnow() {
    RpcTransport parent = startParent(allOurs());
    ByteBuffer later = ByteBuffer.wrap(new byte[] {1, 2, 3});
    Hello hello = hello(1, 9, and(Rpcs.FEATURES, "copper_list_2", "copper_telepathy"));
    parent.register(
        Rpcs.HELLO,
        request -> {
          Payload known = new Payload(hello.encode());
          return CompletableFuture.completedFuture(Payload.of(known.buffers().get(0), later));
        });
    readsAllOfIt();
    assertEquals(5, network.count("copper_read"));
    assertEquals(1, network.count("copper_list"));
    assertEquals(1, child.upstream().parentCapabilities().version());
  }

  @Test
  void aParentWithoutACommonVersionIsTreatedAsACppNode() {
    startParent(hello(2, 9, Rpcs.FEATURES), allOurs());
    readsAllOfIt();
    assertEquals(1, ours(), network.calls()::toString);
  }

  @Test
  void aParentWhoseHelloCannotBeReadIsTreatedAsACppNode() {
    RpcTransport parent = startParent(allOurs());
    parent.register(
        Rpcs.HELLO, request -> CompletableFuture.completedFuture(Payload.of(new byte[] {1, 2, 3})));
    readsAllOfIt();
    assertEquals(1, ours(), network.calls()::toString);
  }

  @Test
  void aParentThatComesBackAsACppNodeIsNoticedByTheCallThatItDoesNotKnow() {
    startParent(allOurs());
    child.lstat(FILE);
    time.advance(Duration.ofSeconds(1));
    startParent(Set.of());
    readsAllOfIt();
    assertEquals(2, network.count("copper_hello"));
    assertEquals(1, network.count("copper_list"), "the call that noticed");
    assertEquals(0, network.count("copper_read"));
  }

  @Test
  void aParentThatBreaksAndComesBackNewerIsGreetedAnew() {
    startParent(Set.of());
    child.lstat(FILE);
    time.advance(Duration.ofSeconds(1));
    network.cut("parent");
    CompletableFuture<?> waiting = child.lstat(RawPath.of("/folder/other"));
    time.advance(Duration.ofSeconds(1));
    startParent(allOurs());
    network.heal("parent");
    time.advance(Duration.ofSeconds(2));
    assertTrue(waiting.isDone());
    readsAllOfIt();
    assertEquals(2, network.count("copper_hello"));
    assertEquals(5, network.count("copper_read"));
  }

  @Test
  void aParentThatWasReplacedBetweenCallsIsGreetedBesideALaterOne() {
    startParent(Set.of());
    child.lstat(FILE);
    time.advance(Duration.ofSeconds(1));
    startParent(allOurs());
    time.advance(Duration.ofSeconds(40));
    long before = network.calls().size();
    CompletableFuture<?> answer = child.lstat(RawPath.of("/folder/other"));
    time.advance(VirtualNetwork.LATENCY.multipliedBy(2));
    assertTrue(answer.isDone(), "the hello is not waited for");
    assertEquals(before + 2, network.calls().size(), network.calls()::toString);
    readsAllOfIt();
    assertEquals(5, network.count("copper_read"));
    assertEquals(2, network.count("copper_hello"));
  }

  @Test
  void aParentThatDoesNotServeWhatItSaysIsDoneWithout() {
    startParent(hello(1, 1, Rpcs.FEATURES), Set.of(Rpcs.READ));
    readsAllOfIt();
    CompletableFuture<?> link = child.readlink(FILE);
    time.advance(Duration.ofSeconds(3));
    assertTrue(link.isDone());
    assertEquals(1, network.count("rpc_readdir"));
  }
}
