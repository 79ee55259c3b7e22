package copper.transport;

import static copper.transport.Eventually.PATIENCE;
import static copper.transport.Eventually.answer;
import static copper.transport.Eventually.failure;
import static copper.transport.Eventually.until;
import static copper.transport.PeerServices.ints;
import static copper.transport.PeerServices.pattern;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.transport.RpcException.Kind;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link RpcTransport} must do, as seen by its users: between two processes, and within
 * one.
 *
 * <p>One class, though a long one: who runs it has run all of it. The calls go from a transport in
 * this JVM, the one under test, to one in a process of its own, which most tests share.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
public abstract class RpcTransportContract {
  /** For calls that are to be answered. */
  protected static final Duration LONG = PATIENCE;

  private static final Duration SHORT = Duration.ofMillis(300);

  private PeerProcess peer;
  private RpcTransport transport;

  /** Makes what {@link #open} and the peers need; called first. */
  protected void prepare() throws Exception {}

  /** Opens a transport in this JVM, at any free address. */
  protected abstract RpcTransport open() throws Exception;

  /**
   * Returns the arguments of a {@link PeerMain} that opens such a transport too.
   *
   * @param address the address of a peer that was killed, to be taken again, or null for any
   */
  protected abstract List<String> peerArguments(String address);

  /** Returns an address of the right kind at which nobody is. */
  protected abstract String deadAddress() throws Exception;

  /** Returns further arguments for the peer's JVM. */
  protected List<String> peerJvmArguments() {
    return List.of();
  }

  /** Returns whether a handler learns that its caller has gone. */
  protected boolean cancelsHandlers() {
    return true;
  }

  /** Returns whether a caller is told why a handler failed. */
  protected boolean tellsWhyAHandlerFailed() {
    return true;
  }

  /** Returns whether a peer that was killed can come back at the same address. */
  protected boolean addressesCanBeTakenAgain() {
    return true;
  }

  /** Returns how many transports one JVM opens and closes in a test. */
  protected int cycles() {
    return 200;
  }

  /** Returns whether {@code thread} is one of a transport's. */
  protected boolean isTransportThread(Thread thread) {
    return thread.getName().startsWith("copper-");
  }

  private PeerProcess startPeer(String address) throws IOException {
    return PeerProcess.start(peerJvmArguments(), peerArguments(address));
  }

  @BeforeAll
  void startSharedPeer() throws Exception {
    prepare();
    peer = startPeer(null);
  }

  @AfterAll
  void endSharedPeer() {
    if (peer != null) {
      peer.close();
    }
  }

  @BeforeEach
  void openTransport() throws Exception {
    transport = open();
  }

  @AfterEach
  void closeTransport() {
    if (transport != null) {
      transport.close();
    }
  }

  private CompletableFuture<ByteBuffer> call(String name, ByteBuffer payload) {
    return transport.call(peer.address(), name, Payload.of(payload), LONG);
  }

  private static ByteBuffer utf8(String text) {
    return StandardCharsets.UTF_8.encode(text);
  }

  // Payloads.

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4 << 10, (4 << 10) + 1, 1 << 20, 64 << 20})
  void echoesPayloadsOfAnySize(int size) throws Exception {
    ByteBuffer sent = pattern(size);

    ByteBuffer answer = answer(call(PeerServices.ECHO, sent));

    assertEquals(sent, answer);
    assertEquals(0, answer.position());
    assertEquals(ByteOrder.LITTLE_ENDIAN, answer.order());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4 << 10, 1 << 20, 64 << 20})
  void answersAreAsLongAsTheHandlerLikes(int size) throws Exception {
    assertEquals(pattern(size), answer(call(PeerServices.SIZED, ints(size))));
  }

  @Test
  void joinsTheBuffersOfAPayloadAndLeavesThemAsTheyWere() throws Exception {
    byte[] array = new byte[10_000];
    new Random(1).nextBytes(array);
    ByteBuffer part = ByteBuffer.wrap(array, 100, 5_000);
    ByteBuffer direct = pattern(200_000).position(7).limit(150_000);
    ByteBuffer readOnly = ByteBuffer.wrap(array).asReadOnlyBuffer().position(9_999);
    ByteBuffer empty = ByteBuffer.allocate(0);
    List<ByteBuffer> parts = List.of(part, empty, direct, readOnly, direct.asReadOnlyBuffer());

    ByteBuffer answer =
        answer(transport.call(peer.address(), PeerServices.ECHO, new Payload(parts), LONG));

    ByteBuffer expected = ByteBuffer.allocate(5_000 + 149_993 + 1 + 149_993);
    parts.forEach(each -> expected.put(each.duplicate()));
    assertEquals(expected.flip(), answer);
    assertEquals(100, part.position());
    assertEquals(5_100, part.limit());
    assertEquals(7, direct.position());
  }

  @Test
  void answersBelongToWhoGetsThem() throws Exception {
    ByteBuffer first = answer(call(PeerServices.ECHO, utf8("first")));
    ByteBuffer second = answer(call(PeerServices.ECHO, utf8("other")));

    second.put(0, (byte) 'O');

    assertEquals(utf8("first"), first);
    assertEquals(utf8("Other"), second);
  }

  @Test
  void callsItself() throws Exception {
    PeerServices.register(transport);

    ByteBuffer answer =
        answer(
            transport.call(
                transport.address(), PeerServices.ECHO, Payload.of(pattern(100_000)), LONG));

    assertEquals(pattern(100_000), answer);
  }

  // Many calls at once.

  @Test
  void answersEachOfManyConcurrentCallersInAnyOrder() throws Exception {
    int callers = 64;
    int calls = 60;
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        int seed = i;
        done.add(
            threads.submit(
                () -> {
                  Random random = new Random(seed);
                  for (int j = 0; j < calls; j++) {
                    checkOneCall(random, seed * calls + j);
                  }
                  return null;
                }));
      }
      for (Future<?> each : done) {
        each.get(PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void checkOneCall(Random random, int number) throws Exception {
    boolean late = random.nextInt(4) == 0;
    ByteBuffer request = ByteBuffer.allocate(8 + random.nextInt(random.nextInt(20_000) + 1));
    request.order(ByteOrder.LITTLE_ENDIAN).putInt(0, late ? random.nextInt(20) : 0);
    request.putInt(4, number);

    ByteBuffer answer = answer(call(late ? PeerServices.SLEEP : PeerServices.ECHO, request));

    assertEquals(request, answer);
  }

  @Test
  void aSlowAnswerDoesNotHoldUpOthers() throws Exception {
    CompletableFuture<ByteBuffer> slow = call(PeerServices.STALL, utf8(""));

    for (int i = 0; i < 20; i++) {
      answer(call(PeerServices.ECHO, ints(i)));
    }

    assertFalse(slow.isDone());
    slow.cancel(true);
  }

  @Test
  void pendingCallsTakeNoThreads() throws Exception {
    answer(call(PeerServices.SLEEP, ints(1)));
    int here = ManagementFactory.getThreadMXBean().getThreadCount();
    int there = answer(call(PeerServices.THREADS, utf8(""))).getInt(0);
    List<CompletableFuture<ByteBuffer>> calls = new ArrayList<>();

    for (int i = 0; i < 500; i++) {
      calls.add(call(PeerServices.STALL, utf8("")));
    }

    // Ten more for what the JVMs start on their own; 500 would be far off.
    assertTrue(answer(call(PeerServices.THREADS, utf8(""))).getInt(0) <= there + 10);
    assertTrue(ManagementFactory.getThreadMXBean().getThreadCount() <= here + 10);
    assertTrue(calls.stream().noneMatch(CompletableFuture::isDone));
    calls.forEach(each -> each.cancel(true));
  }

  // Errors.

  @Test
  void anUnknownRpcIsNoSuchRpc() {
    RpcException failure = failure(Kind.NO_SUCH_RPC, call("nothing-of-this-name", utf8("x")));

    assertTrue(failure.getMessage().contains("nothing-of-this-name"), failure.getMessage());
    assertTrue(failure.getMessage().contains(peer.address()), failure.getMessage());
  }

  @Test
  void aLongRequestToAnUnknownRpcIsNoSuchRpcToo() throws Exception {
    failure(Kind.NO_SUCH_RPC, call("nothing-of-this-name", pattern(8 << 20)));

    assertEquals(utf8("on"), answer(call(PeerServices.ECHO, utf8("on"))));
  }

  @Test
  void aHandlerThatThrowsHasFailed() {
    RpcException failure = failure(Kind.FAILED, call(PeerServices.THROW, utf8("bang, über")));

    assertTrue(
        !tellsWhyAHandlerFailed() || failure.getMessage().contains("bang, über"),
        failure.getMessage());
  }

  @Test
  void aHandlerWhoseFutureFailsHasFailed() {
    RpcException failure = failure(Kind.FAILED, call(PeerServices.FAIL, utf8("bang again")));

    assertTrue(
        !tellsWhyAHandlerFailed() || failure.getMessage().contains("bang again"),
        failure.getMessage());
  }

  @Test
  void nobodyThereIsAFailureInTime() throws Exception {
    CompletableFuture<ByteBuffer> call =
        transport.call(deadAddress(), PeerServices.ECHO, Payload.EMPTY, Duration.ofSeconds(2));

    assertTrue(Set.of(Kind.UNREACHABLE, Kind.TIMEOUT).contains(failure(call).kind()));
  }

  @Test
  void nonsenseForAnAddressIsUnreachable() {
    failure(
        Kind.UNREACHABLE, transport.call("no such thing", PeerServices.ECHO, Payload.EMPTY, LONG));
  }

  @Test
  void aNameIsRegisteredOnce() {
    PeerServices.register(transport);

    assertThrows(IllegalStateException.class, () -> PeerServices.register(transport));
  }

  // Deadlines and cancelling.

  @Test
  void aHandlerThatNeverAnswersIsATimeout() throws Exception {
    failure(Kind.TIMEOUT, transport.call(peer.address(), PeerServices.STALL, Payload.EMPTY, SHORT));

    assertEquals(utf8("on"), answer(call(PeerServices.ECHO, utf8("on"))));
  }

  @Test
  void noTimeLeftIsATimeout() {
    for (Duration none : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
      failure(Kind.TIMEOUT, transport.call(peer.address(), PeerServices.ECHO, Payload.EMPTY, none));
    }
  }

  @Test
  void anEndlessTimeoutIsTakenAsAVeryLongOne() throws Exception {
    Duration endless = Duration.ofSeconds(Long.MAX_VALUE);

    assertEquals(
        utf8("on"),
        answer(transport.call(peer.address(), PeerServices.ECHO, Payload.of(utf8("on")), endless)));
  }

  @Test
  void theHandlerLearnsHowLongItHas() throws Exception {
    long millis = answer(call(PeerServices.TIMEOUT, utf8(""))).getLong(0);

    assertTrue(millis > 0, "timeout " + millis);
  }

  @Test
  void cancellingReachesTheHandler() throws Exception {
    int before = answer(call(PeerServices.STALLED, utf8(""))).getInt(4);
    int stalled = answer(call(PeerServices.STALLED, utf8(""))).getInt(0);
    CompletableFuture<ByteBuffer> call = call(PeerServices.STALL, utf8("x"));
    until(
        "the handler runs",
        () -> answer(call(PeerServices.STALLED, utf8(""))).getInt(0) == stalled + 1);

    assertTrue(call.cancel(true));

    if (cancelsHandlers()) {
      until(
          "the handler's future is cancelled",
          () -> answer(call(PeerServices.STALLED, utf8(""))).getInt(4) > before);
    }
    assertEquals(utf8("on"), answer(call(PeerServices.ECHO, utf8("on"))));
  }

  @Test
  void theDeadlineCancelsTheHandler() throws Exception {
    int before = answer(call(PeerServices.STALLED, utf8(""))).getInt(4);

    failure(Kind.TIMEOUT, transport.call(peer.address(), PeerServices.STALL, Payload.EMPTY, SHORT));

    if (cancelsHandlers()) {
      until(
          "the handler's future is cancelled",
          () -> answer(call(PeerServices.STALLED, utf8(""))).getInt(4) > before);
    }
  }

  // Peers that go.

  @Test
  void aPeerKilledInTheMiddleOfACallIsAFailureInTime() throws Exception {
    try (PeerProcess doomed = startPeer(null)) {
      Duration timeout = Duration.ofSeconds(5);
      CompletableFuture<ByteBuffer> call =
          transport.call(doomed.address(), PeerServices.STALL, Payload.EMPTY, timeout);
      until("the handler runs", () -> stalledAt(doomed) == 1);

      doomed.kill();

      assertTrue(Set.of(Kind.UNREACHABLE, Kind.TIMEOUT).contains(failure(call).kind()));
      if (addressesCanBeTakenAgain()) {
        answersAgain(doomed.address());
      }
    }
  }

  private int stalledAt(PeerProcess process) throws Exception {
    return answer(transport.call(process.address(), PeerServices.STALLED, Payload.EMPTY, LONG))
        .getInt(0);
  }

  private void answersAgain(String address) throws Exception {
    assertTrue(
        Set.of(Kind.UNREACHABLE, Kind.TIMEOUT)
            .contains(
                failure(transport.call(address, PeerServices.ECHO, Payload.EMPTY, SHORT)).kind()));
    try (PeerProcess next = startPeer(address)) {
      assertEquals(address, next.address());
      until("the peer answers at its old address", () -> answers(address));
    }
  }

  private boolean answers(String address) throws Exception {
    CompletableFuture<ByteBuffer> call =
        transport.call(address, PeerServices.ECHO, Payload.EMPTY, SHORT);
    return call.handle((answer, error) -> error == null)
        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void aStoppedPeerIsATimeoutUntilItGoesOn() throws Exception {
    answer(call(PeerServices.ECHO, utf8("before")));
    peer.pause();
    try {
      failure(
          Kind.TIMEOUT, transport.call(peer.address(), PeerServices.ECHO, Payload.EMPTY, SHORT));
      try (RpcTransport stranger = open()) {
        failure(
            Kind.TIMEOUT, stranger.call(peer.address(), PeerServices.ECHO, Payload.EMPTY, SHORT));
      }
    } finally {
      peer.resume();
    }

    until("the peer answers again", () -> answers(peer.address()));
  }

  // Closing.

  @Test
  void closingEndsCallsAndHandlersInFlight() throws Exception {
    try (RpcTransport other = open()) {
      PeerServices there = PeerServices.register(other);
      PeerServices here = PeerServices.register(transport);
      List<CompletableFuture<ByteBuffer>> out = stall(transport, other.address());
      List<CompletableFuture<ByteBuffer>> in = stall(other, transport.address());
      until("all run", () -> there.stalledCount() == 20 && here.stalledCount() == 20);

      transport.close();

      for (CompletableFuture<ByteBuffer> call : out) {
        assertTrue(call.isDone());
        failure(Kind.CLOSED, call);
      }
      assertEquals(20, here.cancelledCount());
      for (CompletableFuture<ByteBuffer> call : in) {
        assertTrue(Set.of(Kind.UNREACHABLE, Kind.TIMEOUT).contains(failure(call).kind()));
      }
      if (cancelsHandlers()) {
        until("the peer's handlers are cancelled", () -> there.cancelledCount() == 20);
      }
    }
  }

  private static List<CompletableFuture<ByteBuffer>> stall(RpcTransport from, String to) {
    return Stream.generate(
            () -> from.call(to, PeerServices.STALL, Payload.EMPTY, Duration.ofSeconds(10)))
        .limit(20)
        .toList();
  }

  @Test
  void closedMeansClosed() {
    transport.close();
    transport.close();

    failure(Kind.CLOSED, call(PeerServices.ECHO, utf8("x")));
    assertThrows(
        IllegalStateException.class,
        () -> transport.register("x", request -> new CompletableFuture<>()));
  }

  @Test
  void callsDuringCloseEnd() throws Exception {
    PeerServices.register(transport);
    List<CompletableFuture<ByteBuffer>> calls = new ArrayList<>();
    CompletableFuture<Void> closing = null;
    for (int i = 0; i < 2_000; i++) {
      calls.add(transport.call(transport.address(), PeerServices.ECHO, Payload.of(ints(i)), LONG));
      if (i == 1_000) {
        closing = CompletableFuture.runAsync(transport::close);
      }
    }
    closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    for (CompletableFuture<ByteBuffer> call : calls) {
      assertTrue(call.isDone());
      if (call.isCompletedExceptionally()) {
        assertTrue(Set.of(Kind.CLOSED, Kind.UNREACHABLE).contains(failure(call).kind()));
      }
    }
  }

  @Test
  void openingAndClosingLeavesNothingBehind() throws Exception {
    transport.close();
    cycle();
    until("the warm-up's threads end", () -> transportThreads() == 0);
    long files = openFiles();

    for (int i = 0; i < cycles(); i++) {
      cycle();
    }

    assertEquals(0, transportThreads());
    until("the file descriptors are closed", () -> openFiles() <= files);
  }

  private void cycle() throws Exception {
    try (RpcTransport one = open();
        RpcTransport two = open()) {
      PeerServices.register(one);
      PeerServices.register(two);
      ByteBuffer payload = pattern(10_000);
      assertEquals(
          payload, answer(one.call(two.address(), PeerServices.ECHO, Payload.of(payload), LONG)));
      var unused = two.call(one.address(), PeerServices.STALL, Payload.EMPTY, LONG);
    }
  }

  private long transportThreads() {
    return Thread.getAllStackTraces().keySet().stream().filter(this::isTransportThread).count();
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }
}
