package copper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import copper.codec.Hello;
import copper.metrics.Counters;
import copper.simulate.VirtualTime;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class ParentLinkTest {
  private static final String PARENT = "parent";
  private static final byte[] READY = {1};

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);
  private final RpcTransport child = network.join("child");
  private final ParentLink link =
      new ParentLink(child, PARENT, Timeouts.DEFAULT, Hello.own(), time, time, new Counters());

  private void startParent() {
    RpcTransport parent = network.join(PARENT);
    parent.register(
        "rpc_is_ready", request -> CompletableFuture.completedFuture(Payload.of(READY)));
    parent.register(
        "echo", request -> CompletableFuture.completedFuture(Payload.of(request.payload())));
  }

  private CompletableFuture<ByteBuffer> echo(int value) {
    return link.call("echo", Payload.of(new byte[] {(byte) value}));
  }

  private static RpcException.Kind kind(CompletableFuture<?> failed) {
    CompletionException e = assertThrows(CompletionException.class, failed::join);
    return ((RpcException) e.getCause()).kind();
  }

  @Test
  void asksOnceWhetherTheParentIsReadyHoweverManyWait() {
    startParent();
    List<CompletableFuture<ByteBuffer>> answers = List.of(echo(1), echo(2), echo(3));
    time.advance(Duration.ofMillis(10));
    assertEquals(3, answers.get(2).join().get());
    assertEquals(1, network.count("rpc_is_ready"));
    assertEquals(3, network.count("echo"));
  }

  @Test
  void probesAfterTenMillisecondsDoublingToOneSecond() {
    echo(1);
    time.advance(Duration.ofSeconds(5));
    List<String> times =
        network.calls().stream()
            .map(call -> call.substring(0, call.indexOf(" ")))
            .limit(10)
            .toList();
    // 1 ms on the way to nobody, then the pause: 10, 20, 40 … 640, 1000, 1000.
    assertEquals(
        List.of("0", "11", "32", "73", "154", "315", "636", "1277", "2278", "3279"), times);
  }

  @Test
  void aParentThatNeverComesFailsAfterTwoMinutesAndThenAtOnce() {
    CompletableFuture<ByteBuffer> answer = echo(1);
    time.advance(Duration.ofSeconds(119));
    assertFalse(answer.isDone());
    time.advance(Duration.ofSeconds(3));
    assertEquals(RpcException.Kind.UNREACHABLE, kind(answer));
    assertEquals(RpcException.Kind.UNREACHABLE, kind(echo(2)));
  }

  @Test
  void aParentThatComesLateIsFoundByTheProbeThatGoesOn() {
    echo(1);
    time.advance(Duration.ofSeconds(200));
    startParent();
    time.advance(Duration.ofSeconds(2));
    CompletableFuture<ByteBuffer> answer = echo(7);
    time.advance(Duration.ofMillis(10));
    assertEquals(7, answer.join().get());
  }

  @Test
  void aCallThatBreaksIsRepeatedWhenTheParentIsBack() {
    startParent();
    echo(0);
    time.advance(Duration.ofMillis(10));
    network.cut(PARENT);
    CompletableFuture<ByteBuffer> answer = echo(5);
    time.advance(Duration.ofSeconds(3));
    assertFalse(answer.isDone());
    network.heal(PARENT);
    time.advance(Duration.ofSeconds(2));
    assertEquals(5, answer.join().get());
  }

  @Test
  void aLostParentFailsCallsAfterTenSeconds() {
    startParent();
    echo(0);
    time.advance(Duration.ofMillis(10));
    network.cut(PARENT);
    CompletableFuture<ByteBuffer> answer = echo(5);
    time.advance(Duration.ofSeconds(12));
    assertEquals(RpcException.Kind.UNREACHABLE, kind(answer));
  }

  @Test
  void aSilentParentIsProbedByOneCallerAtATime() {
    startParent();
    echo(0);
    time.advance(Duration.ofMillis(10));
    network.hang(PARENT);
    for (int i = 0; i < 500; i++) {
      echo(i);
    }
    time.advance(Duration.ofSeconds(31));
    // All 500 timed out together; one probe is on its way for all of them.
    assertEquals(2, network.count("rpc_is_ready"));
  }

  @Test
  void anRpcTheParentDoesNotKnowFailsAtOnce() {
    startParent();
    CompletableFuture<ByteBuffer> answer = link.call("unheard_of", Payload.EMPTY);
    time.advance(Duration.ofMillis(10));
    assertEquals(RpcException.Kind.NO_SUCH_RPC, kind(answer));
  }

  @Test
  void aCallWithoutAnAnswerEndsAfterTheRequestsWholeTime() {
    RpcTransport parent = network.join(PARENT);
    parent.register(
        "rpc_is_ready", request -> CompletableFuture.completedFuture(Payload.of(READY)));
    parent.register("slow", request -> new CompletableFuture<>());
    CompletableFuture<ByteBuffer> answer = link.call("slow", Payload.EMPTY);
    time.advance(Duration.ofSeconds(119));
    assertFalse(answer.isDone());
    time.advance(Duration.ofSeconds(2));
    assertEquals(RpcException.Kind.TIMEOUT, kind(answer));
    assertEquals(4, network.count("slow"));
  }

  @Test
  void aParentThatSaysItIsNotReadyIsAskedAgain() {
    RpcTransport parent = network.join(PARENT);
    parent.register(
        "rpc_is_ready", request -> CompletableFuture.completedFuture(Payload.of(new byte[] {0})));
    CompletableFuture<ByteBuffer> answer = echo(9);
    time.advance(Duration.ofSeconds(1));
    assertFalse(answer.isDone());
    startParent();
    time.advance(Duration.ofSeconds(2));
    assertEquals(9, answer.join().get());
  }
}
