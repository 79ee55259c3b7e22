package copper.control;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.codec.CodecException;
import copper.codec.EchoRequest;
import copper.codec.Rpcs;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import copper.tree.TreePosition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Measures the network between this node and its parent, or a root's first child, over the very
 * transport that carries the files; and answers others who measure. Nothing here blocks.
 */
public final class LinkProbe {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final int LARGE = EchoRequest.MOST;
  private static final int WARM_UP = 500;
  private static final int ONE_BY_ONE = 500;
  private static final int TOGETHER = 4000;
  private static final int TOGETHER_AT_ONCE = 32;
  private static final int LARGE_ONES = 128;
  private static final int LARGE_AT_ONCE = 4;

  private static final byte[] ZEROS = new byte[LARGE];

  private final RpcTransport transport;
  private final Optional<String> peer;
  private final Ticker ticker;

  /**
   * Makes the probe of one node.
   *
   * @param transport borrowed
   */
  public LinkProbe(RpcTransport transport, TreePosition position, Ticker ticker) {
    this.transport = transport;
    this.peer = position.parent().or(() -> position.children().stream().findFirst());
    this.ticker = ticker;
  }

  /** Answers others from now on. */
  public void register() {
    transport.register(Rpcs.ECHO, LinkProbe::answer);
  }

  private static CompletableFuture<Payload> answer(RpcHandler.Request request) {
    try {
      int wanted = EchoRequest.decode(request.payload()).bytes();
      return CompletableFuture.completedFuture(
          new Payload(List.of(ByteBuffer.wrap(ZEROS, 0, wanted))));
    } catch (CodecException e) {
      return CompletableFuture.failedFuture(RpcException.unreadable(Rpcs.ECHO, request, e));
    }
  }

  /**
   * Measures; takes about a second, in which the link is busy. Answers with lines of a file of
   * costs ({@link copper.tree.Costs}).
   */
  public CompletableFuture<String> run() {
    if (peer.isEmpty()) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("this node is alone: there is no link to measure"));
    }
    return nanosEach(WARM_UP, TOGETHER_AT_ONCE, 0)
        .thenCompose(warm -> nanosEach(LARGE_AT_ONCE * 4, LARGE_AT_ONCE, LARGE))
        .thenCompose(warm -> nanosEach(ONE_BY_ONE, 1, 0))
        .thenCompose(
            alone ->
                nanosEach(TOGETHER, TOGETHER_AT_ONCE, 0)
                    .thenCombine(
                        CompletableFuture.completedFuture(alone), (each, one) -> link(one, each)))
        .thenCompose(
            link ->
                nanosEach(LARGE_ONES, LARGE_AT_ONCE, LARGE)
                    .thenApply(
                        each -> link + "bandwidth_bytes_s " + (long) (LARGE * 1e9 / each) + "\n"));
  }

  /** A call is four times the work for a message, at both ends of two of them, and two ways. */
  private static String link(double alone, double together) {
    double message = together / 2;
    double latency = Math.max(1000, alone / 2 - 2 * message);
    return "latency_ns " + (long) latency + "\nmessage_ns " + (long) message + "\n";
  }

  /** Returns the time per call of so many calls, some of them at once. */
  private CompletableFuture<Double> nanosEach(int calls, int atOnce, int bytes) {
    long start = ticker.read();
    CompletableFuture<?>[] lanes =
        IntStream.range(0, atOnce)
            .mapToObj(lane -> lane(calls / atOnce, bytes))
            .toArray(CompletableFuture<?>[]::new);
    int made = calls / atOnce * atOnce;
    return CompletableFuture.allOf(lanes)
        .thenApply(done -> (double) Math.max(1, ticker.read() - start) / made);
  }

  private CompletableFuture<Void> lane(int calls, int bytes) {
    if (calls == 0) {
      return CompletableFuture.completedFuture(null);
    }
    return transport
        .call(peer.orElseThrow(), Rpcs.ECHO, new Payload(new EchoRequest(bytes).encode()), PATIENCE)
        .thenCompose(answer -> lane(calls - 1, bytes));
  }
}
