package copper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.cache.Budget;
import copper.codec.Batches;
import copper.codec.PathRequest;
import copper.codec.Replies;
import copper.metrics.Counters;
import copper.model.Errno;
import copper.model.RawPath;
import copper.simulate.VirtualTime;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Messages that are none, from a child and from a parent: the failure names the RPC and the peer,
 * and nothing larger than the message is allocated for it.
 */
class BadMessageTest {
  private static final RawPath PATH = RawPath.of("/some/file");
  private static final List<String> RPCS = List.of("rpc_lstat", "rpc_readfile", "rpc_readdir");

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);

  /** Takes the handlers that a node registers, to call them as a peer does. */
  private static final class Handlers implements RpcTransport {
    private final Map<String, RpcHandler> byName = new HashMap<>();

    @Override
    public String address() {
      return "here";
    }

    @Override
    public void register(String name, RpcHandler handler) {
      byName.put(name, handler);
    }

    @Override
    public CompletableFuture<ByteBuffer> call(
        String peer, String name, Payload request, Duration timeout) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  private CooperativeStore store(Optional<String> parent, RpcTransport transport) {
    return CooperativeStore.create(
        Above.of(parent),
        transport,
        new MemoryStorage(),
        new CooperativeStore.Limits(1 << 20, Duration.ofSeconds(1), Budget.of(1 << 20, 1 << 20)),
        Timeouts.DEFAULT,
        new CooperativeStore.Environment(time, time, time, new Counters()));
  }

  private static RpcException failure(CompletableFuture<?> future) {
    CompletionException e = assertThrows(CompletionException.class, future::join);
    RpcException cause = (RpcException) e.getCause();
    assertEquals(Kind.BAD_MESSAGE, cause.kind());
    return cause;
  }

  private static byte[] request() {
    ByteBuffer whole = ByteBuffer.allocate(9 + PATH.toBytes().length);
    new PathRequest(false, PATH).encode().forEach(whole::put);
    return whole.array();
  }

  private void assertRefused(byte[] request) {
    Handlers handlers = new Handlers();
    new RpcService(store(Optional.empty(), handlers), new Counters()).register(handlers);
    for (String rpc : RPCS) {
      ByteBuffer payload = ByteBuffer.wrap(request).order(ByteOrder.LITTLE_ENDIAN);
      RpcException e =
          failure(
              handlers
                  .byName
                  .get(rpc)
                  .handle(new RpcHandler.Request("the peer", payload, Duration.ofMinutes(1))));
      assertTrue(e.getMessage().contains(rpc + " from the peer"), e.getMessage());
    }
  }

  /** 256 times 255 MiB would be a lot of memory for one small message. */
  @Example
  void filesDoNotComeInABatch() {
    Handlers handlers = new Handlers();
    new RpcService(store(Optional.empty(), handlers), new Counters()).register(handlers);
    List<Batches.Question> questions =
        List.of(
            new Batches.Question("rpc_readfile", PATH),
            new Batches.Question("copper_files", PATH),
            new Batches.Question("rpc_lstat", PATH));
    ByteBuffer request = Batches.request(questions).get(0).order(ByteOrder.LITTLE_ENDIAN);
    CompletableFuture<Payload> answer =
        handlers
            .byName
            .get("copper_batch")
            .handle(new RpcHandler.Request("the peer", request, Duration.ofMinutes(1)));
    time.advance(Duration.ofSeconds(1));
    assertTrue(answer.isDone());
    Payload payload = answer.join();
    ByteBuffer whole = ByteBuffer.allocate((int) payload.length());
    payload.buffers().forEach(part -> whole.put(part.duplicate()));
    List<ByteBuffer> answers = Batches.answers(whole.flip(), questions.size());
    assertEquals(0, answers.get(0).remaining());
    assertEquals(0, answers.get(1).remaining());
    assertEquals(Errno.ENOENT, Replies.LSTAT.decode(answers.get(2)).errno());
  }

  @Property(tries = 50)
  void requestsThatAreCutShort(@ForAll @IntRange(max = 18) int length) {
    assertRefused(Arrays.copyOf(request(), length));
  }

  @Property(tries = 50)
  void requestsWithBytesLeftOver(@ForAll @IntRange(min = 1, max = 100) int more) {
    assertRefused(Arrays.copyOf(request(), request().length + more));
  }

  @Property(tries = 50)
  void requestsWhoseLengthIsTooLarge(@ForAll @IntRange(min = 1, max = 63) int bit) {
    byte[] bytes = request();
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(1, (1L << bit) + 100);
    assertRefused(bytes);
  }

  /** A parent that is ready, and answers every call with {@code bytes}. */
  private RpcException answered(byte[] bytes, String rpc) {
    network.join("the parent");
    RpcTransport parent = network.join("the parent");
    parent.register(
        "rpc_is_ready", request -> CompletableFuture.completedFuture(Payload.of(new byte[] {1})));
    for (String each : RPCS) {
      parent.register(each, request -> CompletableFuture.completedFuture(Payload.of(bytes)));
    }
    CooperativeStore child = store(Optional.of("the parent"), network.join("child"));
    CompletableFuture<?> answer =
        switch (rpc) {
          case "rpc_lstat" -> child.upstream().ask(Query.LSTAT, PATH);
          case "rpc_readfile" -> child.upstream().ask(Query.ORIGINAL_READ_FILE, PATH);
          default -> child.upstream().ask(Query.READDIR, PATH);
        };
    time.advance(Duration.ofSeconds(1));
    return failure(answer);
  }

  @Property(tries = 100)
  void answersThatAreNone(
      @ForAll @IntRange(max = 2) int rpc, @ForAll @IntRange(max = 200) int size) {
    // No answer of any of the three: success, and then a length beyond every message's end.
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, Math.min(4, size), size, (byte) 0x7f);

    RpcException e = answered(bytes, RPCS.get(rpc));

    assertTrue(e.getMessage().contains(RPCS.get(rpc)), e.getMessage());
    assertTrue(e.getMessage().contains("the parent"), e.getMessage());
  }
}
