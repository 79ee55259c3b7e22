package copper.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.codec.Hello;
import copper.metrics.Counters;
import copper.simulate.VirtualTime;
import copper.testing.VirtualNetwork;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcTransport;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ParentLinkTest {
  private static final String PARENT = "parent";
  private static final byte[] READY = {1};

  private final VirtualTime time = new VirtualTime();
  private final VirtualNetwork network = new VirtualNetwork(time);
  private final RpcTransport child = network.join("child");
  private final ParentLink link =
      new ParentLink(
          child,
          Above.of(Optional.of(PARENT)),
          Timeouts.DEFAULT,
          Hello.own(),
          time,
          time,
          new Counters());

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

  private static void assertOrphaned(CompletableFuture<?> answer) {
    CompletionException e = assertThrows(CompletionException.class, answer::join);
    assertInstanceOf(Orphaned.class, e.getCause());
  }

  @Test
  void aParentThatNeverComesIsWaitedForTwoMinutesAndThenStorageIsAskedAtOnce() {
    CompletableFuture<ByteBuffer> answer = echo(1);
    time.advance(Duration.ofSeconds(119));
    assertFalse(answer.isDone());
    time.advance(Duration.ofSeconds(3));
    assertOrphaned(answer);
    assertOrphaned(echo(2));
    assertEquals(ServedBy.Role.STORAGE, link.servedBy().role());
  }

  @Test
  void whoAsksForTheFirstTimeLongAfterTheStartDoesNotWaitTwoMinutes() {
    time.advance(Duration.ofMinutes(10));
    CompletableFuture<ByteBuffer> answer = echo(1);
    time.advance(Duration.ofSeconds(4));
    assertOrphaned(answer);
  }

  @Test
  void aParentThatComesLateIsFoundByTheProbeThatGoesOn() {
    echo(1);
    time.advance(Duration.ofSeconds(200));
    startParent();
    time.advance(Duration.ofSeconds(13));
    CompletableFuture<ByteBuffer> answer = echo(7);
    time.advance(Duration.ofMillis(10));
    assertEquals(7, answer.join().get());
  }

  @Test
  void aCallThatBreaksIsRepeatedWhenTheParentIsSoonBack() {
    startParent();
    echo(0);
    time.advance(Duration.ofMillis(10));
    network.cut(PARENT);
    CompletableFuture<ByteBuffer> answer = echo(5);
    time.advance(Duration.ofMillis(600));
    assertFalse(answer.isDone());
    network.heal(PARENT);
    time.advance(Duration.ofSeconds(2));
    assertEquals(5, answer.join().get());
    assertEquals(ServedBy.Role.PARENT, link.servedBy().role());
  }

  @Test
  void aParentThatRefusesIsLostAfterAThirdOfTheTimeAndTakenBackLater() {
    startParent();
    echo(0);
    time.advance(Duration.ofMillis(10));
    network.cut(PARENT);
    CompletableFuture<ByteBuffer> answer = echo(5);
    time.advance(Duration.ofMillis(1200));
    assertOrphaned(answer);
    assertTrue(link.isOrphan());
    network.heal(PARENT);
    time.advance(Duration.ofSeconds(2));
    CompletableFuture<ByteBuffer> again = echo(6);
    time.advance(Duration.ofMillis(10));
    assertEquals(6, again.join().get());
  }

  @Test
  void aSilentParentIsLostHoweverManyCallsWaitForIt() {
    startParent();
    echo(0);
    time.advance(Duration.ofMillis(10));
    network.hang(PARENT);
    List<CompletableFuture<ByteBuffer>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      answers.add(echo(i));
    }
    time.advance(Duration.ofMillis(2900));
    assertTrue(answers.stream().noneMatch(CompletableFuture::isDone), "too early to give it up");
    time.advance(Duration.ofMillis(1100));
    answers.forEach(ParentLinkTest::assertOrphaned);
    assertTrue(network.count("rpc_is_ready") < 15, network.calls()::toString);
  }

  @Test
  void anAnswerThatComesAfterTheQuestionWasAskedElsewhereHarmsNobody() {
    startParent();
    CompletableFuture<Payload> late = new CompletableFuture<>();
    network.serve(PARENT, "late", request -> late);
    CompletableFuture<ByteBuffer> answer = link.call("late", Payload.EMPTY);
    time.advance(Duration.ofMillis(10));
    network.hang(PARENT);
    time.advance(Duration.ofSeconds(5));
    assertOrphaned(answer);
    network.heal(PARENT);
    late.complete(Payload.of(READY));
    time.advance(Duration.ofMinutes(1));
    assertOrphaned(answer);
    CompletableFuture<ByteBuffer> next = echo(3);
    time.advance(Duration.ofMillis(10));
    assertEquals(3, next.join().get());
  }

  @Test
  void aSlowParentIsAskedWhetherItIsThereAndNotGivenUp() {
    startParent();
    CompletableFuture<Payload> slow = new CompletableFuture<>();
    network.serve(PARENT, "slow", request -> slow);
    CompletableFuture<ByteBuffer> answer = link.call("slow", Payload.EMPTY);
    time.advance(Duration.ofSeconds(25));
    assertFalse(answer.isDone());
    assertEquals(1, network.count("slow"));
    assertTrue(network.count("rpc_is_ready") > 20, "it is asked beside the call");
    slow.complete(Payload.of(READY));
    time.advance(Duration.ofMillis(10));
    assertEquals(1, answer.join().get());
    assertEquals(ServedBy.Role.PARENT, link.servedBy().role());
    long before = network.calls().size();
    time.advance(Duration.ofMinutes(5));
    assertEquals(before, network.calls().size(), "nothing is asked when nothing is under way");
  }

  @Test
  void aParentThatIsLostAgainAndAgainIsAskedLessOften() {
    startParent();
    List<Long> away = new ArrayList<>();
    for (int round = 0; round < 6; round++) {
      echo(0);
      time.advance(Duration.ofMillis(10));
      network.cut(PARENT);
      echo(1);
      time.advance(Duration.ofMillis(1500));
      network.heal(PARENT);
      long start = time.read();
      while (link.isOrphan()) {
        time.advance(Duration.ofMillis(100));
      }
      away.add(TimeUnit.NANOSECONDS.toMillis(time.read() - start));
    }
    assertTrue(away.get(5) > 3 * away.get(0), away::toString);
    assertTrue(away.stream().allMatch(ms -> ms < 13_000), away::toString);
  }

  @Test
  void aCallThatFailsAtAParentThatIsThereIsForStorageInTheEnd() {
    startParent();
    network.serve(
        PARENT, "fails", request -> CompletableFuture.failedFuture(new IllegalStateException()));
    CompletableFuture<ByteBuffer> answer = link.call("fails", Payload.EMPTY);
    time.advance(Duration.ofSeconds(1));
    assertOrphaned(answer);
    assertEquals(3, network.count("fails"));
    assertEquals(ServedBy.Role.PARENT, link.servedBy().role());
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
