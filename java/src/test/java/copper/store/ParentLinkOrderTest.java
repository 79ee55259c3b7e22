package copper.store;

import static copper.testing.Interleavings.together;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.codec.Hello;
import copper.codec.Rpcs;
import copper.metrics.Counters;
import copper.simulate.SharedTime;
import copper.testing.QuietLog;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ParentLinkOrderTest {
  private static final String PARENT = "parent";
  private static final String GRANDPARENT = "grandparent";
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int TIMES = 300;

  /** Each loss is a line in the log. */
  @RegisterExtension final QuietLog quiet = new QuietLog("copper");

  /** Nodes above, C++ ones, of which the parent may be away or hang; the link to them. */
  private static final class Nodes extends ReadyNodes {
    private final SharedTime timer = new SharedTime();
    private final Set<String> away = ConcurrentHashMap.newKeySet();
    private final Set<String> hung = ConcurrentHashMap.newKeySet();
    private final Queue<CompletableFuture<ByteBuffer>> unanswered = new ConcurrentLinkedQueue<>();
    private final AtomicInteger probes = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();
    private final ParentLink link;

    Nodes(String... above) {
      link =
          new ParentLink(
              this,
              new Above(List.of(above), List.of()),
              Timeouts.DEFAULT,
              Hello.own(),
              timer,
              this::read,
              new Counters());
    }

    /** Returns the time; now and then another thread comes first. */
    private long read() {
      if (ThreadLocalRandom.current().nextInt(8) == 0) {
        LockSupport.parkNanos(1);
      }
      return timer.read();
    }

    /** As above, once the parent has answered something. */
    static Nodes atWork(String... above) {
      Nodes nodes = new Nodes(above);
      assertEquals(PARENT, nodes.ask().join());
      return nodes;
    }

    /** Answers with the name of who answers. */
    CompletableFuture<String> ask() {
      return link.call("who", Payload.EMPTY)
          .thenApply(name -> name.get(0) == 'p' ? PARENT : GRANDPARENT);
    }

    ServedBy.Role role() {
      return link.servedBy().role();
    }

    void assertNothingLeft() {
      assertEquals(List.of(), link.pending());
    }

    @Override
    public CompletableFuture<ByteBuffer> call(
        String peer, String name, Payload request, Duration timeout) {
      if (away.contains(peer)) {
        return CompletableFuture.failedFuture(new RpcException(Kind.UNREACHABLE, peer));
      }
      if (hung.contains(peer)) {
        CompletableFuture<ByteBuffer> never = new CompletableFuture<>();
        if (name.equals("who")) {
          unanswered.add(never);
        }
        return never;
      }
      if (name.equals(Rpcs.IS_READY)) {
        probes.incrementAndGet();
      }
      if (name.equals("who")) {
        asked.incrementAndGet();
        return CompletableFuture.completedFuture(answer(peer));
      }
      return super.call(peer, name, request, timeout);
    }

    static ByteBuffer answer(String peer) {
      return ByteBuffer.wrap(new byte[] {(byte) peer.charAt(0)});
    }
  }

  /** The model checker does not look into futures, where most of this happens. */
  private static void often(Runnable scenario) {
    for (int i = 0; i < TIMES; i++) {
      scenario.run();
    }
  }

  @Test
  void whoeverAsksFirstTheParentIsMetOnce() {
    often(
        () -> {
          Nodes nodes = new Nodes(PARENT, GRANDPARENT);
          CompletableFuture<?>[] answers = new CompletableFuture<?>[2];
          together(() -> answers[0] = nodes.ask(), () -> answers[1] = nodes.ask());
          assertEquals(PARENT, answers[0].join());
          assertEquals(PARENT, answers[1].join());
          assertEquals(1, nodes.probes.get());
        });
  }

  @Test
  void whatIsAskedWhileTheParentGoesIsAnsweredByOneOrTheOther() {
    often(
        () -> {
          Nodes nodes = Nodes.atWork(PARENT, GRANDPARENT);
          CompletableFuture<?>[] answers = new CompletableFuture<?>[2];
          together(
              () -> answers[0] = nodes.ask(),
              () -> nodes.away.add(PARENT),
              () -> answers[1] = nodes.ask());
          CompletableFuture<?> last = nodes.ask();
          nodes.timer.advance(LONG);
          assertTrue(Set.of(PARENT, GRANDPARENT).contains(answers[0].getNow(null)));
          assertTrue(Set.of(PARENT, GRANDPARENT).contains(answers[1].getNow(null)));
          assertEquals(GRANDPARENT, last.getNow(null));
          assertEquals(4, nodes.asked.get(), "each question is answered once");
          assertEquals(ServedBy.Role.ANCESTOR, nodes.role());
          nodes.assertNothingLeft();
        });
  }

  private void aParentThatIsGivenUpMay(boolean answer) {
    often(
        () -> {
          Nodes nodes = Nodes.atWork(PARENT, GRANDPARENT);
          nodes.hung.add(PARENT);
          CompletableFuture<?> asked = nodes.ask();
          AtomicInteger answered = new AtomicInteger();
          asked.whenComplete((name, failure) -> answered.incrementAndGet());
          CompletableFuture<ByteBuffer> late = nodes.unanswered.remove();
          together(
              () -> nodes.timer.advance(LONG),
              () -> {
                if (answer) {
                  late.complete(Nodes.answer(PARENT));
                } else {
                  late.completeExceptionally(new RpcException(Kind.UNREACHABLE, PARENT));
                }
              });
          nodes.timer.advance(LONG);
          assertTrue(Set.of(PARENT, GRANDPARENT).contains(asked.getNow(null)));
          assertEquals(1, answered.get());
          assertTrue(nodes.asked.get() <= 2, "it is asked of one other node, once");
          nodes.assertNothingLeft();
        });
  }

  @Test
  void aParentThatIsGivenUpMayStillAnswer() {
    aParentThatIsGivenUpMay(true);
  }

  @Test
  void aParentThatIsGivenUpMayStillFail() {
    aParentThatIsGivenUpMay(false);
  }

  @Test
  void aParentThatIsLostAgainWhileItIsTakenBackComesBackLater() {
    often(
        () -> {
          Nodes nodes = Nodes.atWork(PARENT, GRANDPARENT);
          nodes.away.add(PARENT);
          CompletableFuture<?> first = nodes.ask();
          nodes.timer.advance(Duration.ofMillis(1200));
          assertEquals(GRANDPARENT, first.getNow(null));
          nodes.away.remove(PARENT);
          CompletableFuture<?>[] second = new CompletableFuture<?>[1];
          together(
              // Less than who is silent is lost after: the one above is there all the time.
              () -> nodes.timer.advance(Duration.ofSeconds(2)),
              () -> {
                nodes.away.add(PARENT);
                second[0] = nodes.ask();
              });
          nodes.away.remove(PARENT);
          nodes.timer.advance(LONG);
          assertTrue(Set.of(PARENT, GRANDPARENT).contains(second[0].getNow(null)));
          assertEquals(ServedBy.Role.PARENT, nodes.role());
          nodes.assertNothingLeft();
        });
  }

  @Test
  void whoIsWithoutAParentReadsStorageUntilItIsBack() {
    often(
        () -> {
          Nodes nodes = Nodes.atWork(PARENT);
          nodes.away.add(PARENT);
          nodes.ask();
          nodes.timer.advance(Duration.ofMillis(1200));
          assertEquals(ServedBy.Role.STORAGE, nodes.role());
          nodes.away.remove(PARENT);
          ServedBy.Role[] role = new ServedBy.Role[1];
          CompletableFuture<?>[] answer = new CompletableFuture<?>[1];
          together(
              () -> nodes.timer.advance(LONG),
              () -> role[0] = nodes.role(),
              () -> answer[0] = nodes.ask());
          assertTrue(
              Set.of(ServedBy.Role.STORAGE, ServedBy.Role.PARENT).contains(role[0]),
              "between the two there is nothing: " + role[0]);
          assertTrue(isOrphaned(answer[0]) || answer[0].getNow(null).equals(PARENT));
          assertEquals(ServedBy.Role.PARENT, nodes.role());
        });
  }

  private static boolean isOrphaned(CompletableFuture<?> answer) {
    try {
      answer.join();
      return false;
    } catch (CompletionException e) {
      return e.getCause() instanceof Orphaned;
    }
  }
}
