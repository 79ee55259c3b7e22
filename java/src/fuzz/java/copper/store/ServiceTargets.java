package copper.store;

import copper.cache.Budget;
import copper.metrics.Counters;
import copper.model.RawPath;
import copper.simulate.VirtualTime;
import copper.storage.ServedPaths;
import copper.testing.MemoryStorage;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The RPCs of a node that serves "/t" and must not give away what is in "/secret". */
public final class ServiceTargets {
  private static final byte[] KEPT = "what nobody may see".getBytes(StandardCharsets.US_ASCII);
  private static final Duration LONG = Duration.ofMinutes(1);

  /** An answer holds few more bytes than those of the files there are, in each of 256 parts. */
  private static final int MOST = 64 << 10;

  /** Made once, since that takes longer than an input; each begins with it empty. */
  private static final Node NODE = new Node();

  private ServiceTargets() {}

  private static final class Handlers implements RpcTransport {
    private final Map<String, RpcHandler> byName = new HashMap<>();
    private final List<String> names = new ArrayList<>();

    @Override
    public String address() {
      return "here";
    }

    @Override
    public void register(String name, RpcHandler handler) {
      byName.put(name, handler);
      names.add(name);
    }

    @Override
    public CompletableFuture<ByteBuffer> call(
        String peer, String name, Payload request, Duration timeout) {
      throw new AssertionError("a root calls nobody");
    }

    @Override
    public void close() {}
  }

  /** The node, with all that it knows. */
  private static final class Node {
    private final Handlers handlers = new Handlers();
    private final MemoryStorage storage =
        new MemoryStorage()
            .put("/t/f", new byte[] {1, 2, 3})
            .put("/t/d/g", new byte[100])
            .put("/secret/x", KEPT)
            .put("/t/s/x", KEPT);
    private final CooperativeStore store;

    Node() {
      VirtualTime time = new VirtualTime();
      Counters counters = new Counters();
      ServedPaths served =
          ServedPaths.below(RawPath.of("/t"), List.of(RawPath.of("/u")))
              .denying(List.of(RawPath.of("/t/s")));
      store =
          CooperativeStore.create(
              Above.NOBODY,
              handlers,
              storage,
              new CooperativeStore.Limits(
                  1 << 20, Duration.ofHours(1), Budget.of(1 << 20, 1 << 20)),
              Timeouts.DEFAULT,
              new CooperativeStore.Environment(Runnable::run, time, time, counters)
                  .serving(served));
      new RpcService(store, counters).register(handlers);
    }

    Handlers emptied() {
      store.clear();
      storage.asked().clear();
      return handlers;
    }
  }

  /** Calls the RPC that the first byte chooses. */
  public static void service(byte[] input) {
    if (input.length == 0) {
      return;
    }
    Handlers handlers = NODE.emptied();
    String rpc = handlers.names.get((input[0] & 0xff) % handlers.names.size());
    ByteBuffer payload = ByteBuffer.wrap(input, 1, input.length - 1).slice();
    CompletableFuture<Payload> answer =
        handlers
            .byName
            .get(rpc)
            .handle(new RpcHandler.Request("a peer", payload.order(ByteOrder.LITTLE_ENDIAN), LONG));
    if (!answer.isDone()) {
      throw new AssertionError(rpc + " has no answer");
    }
    try {
      check(rpc, answer.join());
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof RpcException refused)
          || refused.kind() != RpcException.Kind.BAD_MESSAGE) {
        throw e;
      }
    }
  }

  private static void check(String rpc, Payload answer) {
    ByteBuffer bytes = ByteBuffer.allocate((int) answer.length());
    answer.buffers().forEach(part -> bytes.put(part.duplicate()));
    String text = new String(bytes.array(), StandardCharsets.ISO_8859_1);
    if (text.contains(new String(KEPT, StandardCharsets.ISO_8859_1)) || text.length() > MOST) {
      throw new AssertionError(rpc + " gives away: " + text);
    }
  }
}
