package copper.transport.tcp;

import static copper.testing.Interleavings.together;
import static org.junit.jupiter.api.Assertions.assertEquals;

import copper.model.Failures;
import copper.transport.Eventually;
import copper.transport.LinkState;
import copper.transport.Payload;
import copper.transport.PeerServices;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Answers, timeouts, cancellations and the end of the other node, all at once. */
class TcpCallEndsTest {
  private static final String LATE = "late";
  private static final int CALLS = 2_000;

  @RegisterExtension final Nodes nodes = new Nodes();

  private record Served(CompletableFuture<Payload> answer, ByteBuffer question) {}

  private final Queue<Served> served = new ConcurrentLinkedQueue<>();
  private final Queue<CompletableFuture<ByteBuffer>> calls = new ConcurrentLinkedQueue<>();
  private final AtomicInteger calling = new AtomicInteger(2);
  private TcpTransport caller;
  private TcpTransport server;

  @BeforeEach
  void open() throws Exception {
    caller = nodes.transport(null);
    server = nodes.transport(null);
    server.register(
        LATE,
        request -> {
          Served one = new Served(new CompletableFuture<>(), request.payload());
          served.add(one);
          return one.answer();
        });
  }

  /** Calls with little time, and cancels some calls that have much. */
  private void call() {
    for (int i = 0; i < CALLS; i++) {
      int number = i;
      boolean cancel = i % 4 == 0;
      Duration time =
          cancel
              ? Duration.ofHours(1)
              : Duration.ofMillis(1 + ThreadLocalRandom.current().nextInt(8));
      CompletableFuture<ByteBuffer> call =
          caller.call(server.address(), LATE, Payload.of(PeerServices.ints(number)), time);
      calls.add(
          call.whenComplete(
              (answer, failure) -> {
                if (failure == null) {
                  assertEquals(number, answer.getInt(answer.position()));
                }
              }));
      if (cancel) {
        call.cancel(false);
      }
    }
    calling.decrementAndGet();
  }

  /** Answers two of three. */
  private void answer() {
    int number = 0;
    while (calling.get() > 0) {
      for (Served one : served) {
        if (!one.answer().isDone() && number++ % 3 != 0) {
          one.answer().complete(Payload.of(one.question().duplicate()));
        }
      }
    }
  }

  private void assertAllEndAndNoneIsLeft() throws Exception {
    Eventually.until("every call ends", () -> calls.stream().allMatch(CompletableFuture::isDone));
    for (CompletableFuture<ByteBuffer> call : calls) {
      // A wrong answer is no RpcException.
      if (call.isCompletedExceptionally() && !isCancelled(call)) {
        Eventually.failure(call);
      }
    }
    Eventually.until("no call is left", () -> caller.links().stream().allMatch(this::isAtRest));
  }

  private static boolean isCancelled(CompletableFuture<?> call) {
    return call.handle(
            (answer, failure) -> Failures.cause(failure) instanceof CancellationException)
        .join();
  }

  private boolean isAtRest(LinkState link) {
    return link.calls() == 0 && link.queuedBytes() == 0;
  }

  @Test
  void eachCallEndsOnceAndNothingIsLeftOfIt() throws Exception {
    together(this::call, this::call, this::answer);
    assertAllEndAndNoneIsLeft();
    Eventually.until(
        "every handler hears of the end", () -> served.stream().allMatch(s -> s.answer().isDone()));
  }

  @Test
  void eachCallEndsWhenTheOtherNodeCloses() throws Exception {
    Eventually.answer(
        caller.call(
            server.address(), Nodes.RPC, Payload.of(PeerServices.ints(1)), Eventually.PATIENCE));
    together(this::call, this::call, this::answer, server::close);
    assertAllEndAndNoneIsLeft();
  }
}
