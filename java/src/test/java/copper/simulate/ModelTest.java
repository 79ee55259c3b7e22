package copper.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import copper.model.RawPath;
import copper.trace.Operation;
import copper.trace.Trace;
import copper.trace.TraceEntry;
import copper.trace.TraceEntry.Answer;
import copper.transport.Payload;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The models of network, storage and program, by numbers that can be worked out by hand. */
class ModelTest {
  private final VirtualTime time = new VirtualTime();
  private final Jitter none = new Jitter(1, 0);
  private final List<Long> times = new ArrayList<>();

  private void note(Object any) {
    times.add(time.read());
  }

  @Test
  void eventsRunInTheOrderOfTheirTimesAndThenOfTheirScheduling() {
    List<Integer> order = new ArrayList<>();
    time.at(20, () -> order.add(3));
    time.at(10, () -> order.add(1));
    time.at(10, () -> order.add(2));
    time.run(() -> true);
    assertEquals(List.of(1, 2, 3), order);
    assertEquals(20, time.read());
  }

  /** A message of 936 bytes has 1,000 with its header, which take 1,000 ns. */
  @Test
  void messagesQueueForLinksAndProcessors() {
    Network network =
        new Network(time, new Parameters.Links(5_000, 1_000_000_000, 100), false, none);
    RpcTransport server = network.join("server");
    server.register("rpc", request -> CompletableFuture.completedFuture(Payload.EMPTY));
    for (String name : List.of("a", "b")) {
      network
          .join(name)
          .call("server", "rpc", Payload.of(new byte[936]), Duration.ofSeconds(1))
          .thenAccept(this::note);
    }
    time.run(() -> true);
    // There: work, latency, wire, work; and back: work, latency, the header's wire, work.
    long first = 100 + 5_000 + 1_000 + 100 + 100 + 5_000 + 64 + 100;
    // The second one waits for the first on the server's downlink.
    assertEquals(List.of(first, first + 1_000), times);
  }

  @Test
  void storageWorksOnSoManyOperationsAtATime() {
    StorageModel model =
        new StorageModel(time, new Parameters.StorageSpeed(1_000, 1_000_000_000, 2, 8), none);
    StorageThreads threads = new StorageThreads(time, 8);
    for (int i = 0; i < 5; i++) {
      threads.execute(
          () -> {
            model.use(0);
            note(null);
          });
    }
    time.run(() -> true);
    threads.close();
    assertEquals(List.of(1_000L, 1_000L, 2_000L, 2_000L, 3_000L), times);
  }

  @Test
  void aRootHasSoManyOperationsOnTheirWay() {
    StorageModel model =
        new StorageModel(time, new Parameters.StorageSpeed(1_000, 1_000_000_000, 100, 1), none);
    StorageThreads threads = new StorageThreads(time, 1);
    for (int i = 0; i < 2; i++) {
      threads.execute(
          () -> {
            model.use(500);
            note(null);
          });
    }
    time.run(() -> true);
    threads.close();
    assertEquals(List.of(1_500L, 3_000L), times);
  }

  private static TraceEntry request(long start, long took) {
    return new TraceEntry(start, took, Operation.STAT, true, RawPath.ROOT, 0, 0, Answer.failure(2));
  }

  private static Program program(long longestPause, TraceEntry... entries) {
    return new Program(new Trace(RawPath.ROOT, Arrays.asList(entries), true, 0), longestPause);
  }

  @Test
  void aRequestFollowsFromTheLastAnswerBeforeIt() {
    Program program =
        program(1_000_000, request(100, 50), request(160, 100), request(170, 20), request(300, 1));
    assertEquals("[0]", Arrays.toString(program.first()));
    // Two that were on their way together follow from the same answer.
    assertEquals("[1, 2]", Arrays.toString(program.followers(0)));
    assertEquals("[3]", Arrays.toString(program.followers(1)));
    assertEquals("[]", Arrays.toString(program.followers(2)));
    assertEquals(0, program.pause(0));
    assertEquals(10_000, program.pause(1));
    assertEquals(20_000, program.pause(2));
    assertEquals(40_000, program.pause(3));
  }

  @Test
  void requestsThatTookNoTimeFollowEachOther() {
    Program program = program(1_000_000, request(5, 0), request(5, 0), request(5, 0));
    assertEquals("[0]", Arrays.toString(program.first()));
    assertEquals("[1]", Arrays.toString(program.followers(0)));
    assertEquals("[2]", Arrays.toString(program.followers(1)));
  }

  @Test
  void longPausesAreCut() {
    assertEquals(7_000, program(7_000, request(0, 1), request(1_000_000, 1)).pause(1));
  }

  @Test
  void messagesThatSayTheSameAreOne() {
    Messages messages = new Messages();
    byte[] head = new byte[300];
    ByteBuffer data = ByteBuffer.allocateDirect(5000);
    ByteBuffer first = messages.join(Payload.of(ByteBuffer.wrap(head), data));
    ByteBuffer second = messages.join(Payload.of(ByteBuffer.wrap(head.clone()), data.slice()));
    assertEquals(first, second);
    assertEquals(5300, messages.sharedBytes());
    head[150] = 1;
    assertEquals(1, messages.join(Payload.of(ByteBuffer.wrap(head), data)).get(150));
    assertEquals(2 * 5300, messages.sharedBytes());
    assertEquals(0, first.get(150));
    assertSame(ByteOrder.LITTLE_ENDIAN, first.order());
  }
}
