package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.cache.Budget;
import copper.control.Reset;
import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.Errno;
import copper.model.FileStat;
import copper.simulate.VirtualTime;
import copper.store.CooperativeStore;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** What is answered to requests that a kernel (Linux 6.18) sent, as they were recorded. */
class DispatcherTest {
  private static final String LOOKUP_FILE =
      "2d00000001000000060000000000000001000000000000000000000000000000b82f00000000000066696c6500";
  private static final String LOOKUP_MISSING =
      "3000000001000000160000000000000001000000000000000000000000000000ba2f000000000000"
          + "6d697373696e6700";
  private static final String OPEN =
      "300000000e000000080000000000000002000000000000000000000000000000b82f000000000000"
          + "0080000000000000";
  private static final String READ =
      "500000000f0000000a0000000000000002000000000000000000000000000000b82f000000000000"
          + "00000000000000000000000000000000001000000000000000000000000000000080000000000000";
  private static final String FLUSH =
      "40000000190000000c0000000000000002000000000000000000000000000000b82f000000000000"
          + "00000000000000000000000000000000fc8751974ae735c7";
  private static final String READDIRPLUS =
      "500000002c000000120000000000000001000000000000000000000000000000b92f000000000000"
          + "00000000000000000000000000000000008000000000000000000000000000000088010000000000";
  private static final String IOCTL_RESET =
      "4800000027000000180000000000000002000000000000000000000000000000bb2f000000000000"
          + "0000000000000000000000006c07000000000000000000000000000000000000";
  private static final String IOCTL_ISATTY = IOCTL_RESET.replace("6c070000", "01540000");
  private static final String STATFS =
      "28000000110000001a0000000000000001000000000000000000000000000000bc2f000000000000";
  private static final String CREATE =
      "3c00000023000000220000000000000001000000000000000000000000000000be2f000000000000"
          + "41880000a481000012000000000000006e657700";
  private static final String FORGET_TWICE =
      "300000000200000028000000000000000200000000000000000000000000000000000000000000000200000000000000";

  /** Put together from linux/fuse.h: node 2 twice, in a batch of two. */
  private static final String BATCH_FORGET =
      "500000002a000000300000000000000000000000000000000000000000000000"
          + "0000000000000000"
          + "0200000000000000"
          + "02000000000000000100000000000000"
          + "02000000000000000100000000000000";

  private final FakeKernel kernel = new FakeKernel();
  private final MemoryStorage storage =
      new MemoryStorage().put("/file", "content".getBytes(StandardCharsets.US_ASCII));
  private final Counters counters = new Counters();
  private final NodeTable nodes = new NodeTable();
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private final Reset reset;
  private final TestDispatcher dispatcher;
  private boolean held;

  DispatcherTest() {
    VirtualTime time = new VirtualTime();
    CooperativeStore store =
        CooperativeStore.create(
            Above.NOBODY,
            new VirtualNetwork(time).join("root"),
            storage,
            new CooperativeStore.Limits(1 << 20, Duration.ofHours(1), Budget.of(1 << 20, 1 << 20)),
            copper.store.Timeouts.DEFAULT,
            new CooperativeStore.Environment(this::execute, time, Ticker.systemTicker(), counters));
    Timeouts timeouts =
        Timeouts.renewing(Duration.ofSeconds(5), Duration.ofSeconds(6), Duration.ofMillis(7500));
    dispatcher = new TestDispatcher(kernel, store, nodes, timeouts, time, counters);
    reset = dispatcher.reset;
  }

  /** Storage answers at once, or when it is {@linkplain #release released}. */
  private void execute(Runnable task) {
    if (held) {
      waiting.add(task);
    } else {
      task.run();
    }
  }

  private void release() {
    held = false;
    while (!waiting.isEmpty()) {
      waiting.remove().run();
    }
  }

  private void send(String hex) {
    ByteBuffer request =
        ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.nativeOrder());
    assertEquals(request.capacity(), request.getInt(0), "the recorded length");
    dispatcher.handle(request, request.capacity());
  }

  private ByteBuffer answer(String hex) {
    send(hex);
    List<ByteBuffer> answers = kernel.take();
    assertEquals(1, answers.size(), "answers");
    ByteBuffer answer = answers.get(0);
    assertEquals(answer.capacity(), answer.getInt(Fuse.OUT_LENGTH));
    long unique =
        ByteBuffer.wrap(HexFormat.of().parseHex(hex))
            .order(ByteOrder.nativeOrder())
            .getLong(Fuse.IN_UNIQUE);
    assertEquals(unique, answer.getLong(Fuse.OUT_UNIQUE));
    return answer;
  }

  /** What the kernel knows of is not mixed with what is there now, until it has forgotten it. */
  @Test
  void contentThatHasChangedIsStaleUntilTheKernelHasForgotten() {
    assertEquals(0, answer(LOOKUP_FILE).getInt(Fuse.OUT_ERROR));
    storage.put("/file", "other content".getBytes(StandardCharsets.US_ASCII));
    send(READ);
    List<ByteBuffer> messages = kernel.take();
    assertEquals(3, messages.size());
    assertEquals(-Errno.ESTALE, messages.get(0).getInt(Fuse.OUT_ERROR));
    assertEquals(Fuse.NOTIFY_INVAL_ENTRY, messages.get(1).getInt(Fuse.OUT_ERROR));
    assertEquals(Fuse.NOTIFY_INVAL_INODE, messages.get(2).getInt(Fuse.OUT_ERROR));
    assertEquals(0, answer(LOOKUP_FILE).getInt(Fuse.OUT_ERROR));
    ByteBuffer read = answer(READ);
    assertEquals(0, read.getInt(Fuse.OUT_ERROR));
    assertEquals(Fuse.OUT_HEADER + 13, read.capacity());
  }

  private int error(String hex) {
    ByteBuffer answer = answer(hex);
    assertEquals(Fuse.OUT_HEADER, answer.capacity());
    return -answer.getInt(Fuse.OUT_ERROR);
  }

  /** The memory holds a request from before behind what has come now. */
  @Test
  void whatIsNotAsLongAsItSaysIsInvalid() {
    assertEquals(0, answer(LOOKUP_FILE).getInt(Fuse.OUT_ERROR));
    ByteBuffer cut =
        ByteBuffer.wrap(HexFormat.of().parseHex(LOOKUP_FILE)).order(ByteOrder.nativeOrder());
    dispatcher.handle(cut, Fuse.IN_HEADER + 2);
    assertEquals(-Errno.EINVAL, kernel.take().get(0).getInt(Fuse.OUT_ERROR));
    String slash = LOOKUP_FILE.replace("66696c65", "66692f65");
    assertEquals(Errno.EINVAL, error(slash));
    int size = 2 * (Fuse.IN_HEADER + 16);
    assertEquals(
        Errno.EINVAL, error(READ.substring(0, size) + "00000002" + READ.substring(size + 8)));
    dispatcher.handle(cut, Fuse.IN_HEADER - 1);
    assertEquals(List.of(), kernel.take());
  }

  @Test
  void lookup() {
    ByteBuffer entry = answer(LOOKUP_FILE);
    assertAll(
        () -> assertEquals(16 + 128, entry.capacity()),
        () -> assertEquals(0, entry.getInt(Fuse.OUT_ERROR)),
        () -> assertEquals(2, entry.getLong(16), "node"),
        () -> assertEquals(0, entry.getLong(24), "generation"),
        () -> assertEquals(5, entry.getLong(32), "entry timeout"),
        () -> assertEquals(6, entry.getLong(40), "attribute timeout"),
        () -> assertEquals(7, entry.getLong(56 + 8), "size"),
        () -> assertEquals(FileStat.S_IFREG | 0644, entry.getInt(56 + 60), "mode"),
        () -> assertEquals(1, entry.getInt(56 + 64), "links"));
  }

  @Test
  void lookupOfWhatIsMissing() {
    ByteBuffer entry = answer(LOOKUP_MISSING);
    assertAll(
        () -> assertEquals(16 + 128, entry.capacity()),
        () -> assertEquals(0, entry.getLong(16), "node"),
        () -> assertEquals(7, entry.getLong(32), "entry timeout"),
        () -> assertEquals(500_000_000, entry.getInt(48), "entry timeout, nanoseconds"));
  }

  @Test
  void read() {
    send(LOOKUP_FILE);
    kernel.take();
    ByteBuffer data = answer(READ);
    assertEquals("content", StandardCharsets.US_ASCII.decode(data.position(16)).toString());
  }

  @Test
  void readdirplus() {
    ByteBuffer piece = answer(READDIRPLUS);
    int name = 16 + 128 + 24;
    assertAll(
        () -> assertEquals(16 + 160, piece.capacity(), "padded to a multiple of 8"),
        () -> assertEquals(2, piece.getLong(16), "node"),
        () -> assertEquals(7, piece.getLong(56 + 8), "size"),
        () -> assertEquals(1, piece.getLong(16 + 128 + 8), "next position"),
        () -> assertEquals(4, piece.getInt(16 + 128 + 16), "length of the name"),
        () -> assertEquals(8, piece.getInt(16 + 128 + 20), "type"),
        () -> assertEquals('f', piece.get(name)));
    assertEquals(
        Fuse.OUT_HEADER,
        answer(
                READDIRPLUS.replace(
                    "b92f000000000000" + "00".repeat(16),
                    "b92f000000000000" + "00".repeat(8) + "0100000000000000"))
            .capacity(),
        "the end");
  }

  @Test
  void statfs() {
    ByteBuffer space = answer(STATFS);
    assertAll(
        () -> assertEquals(16 + 80, space.capacity()),
        () -> assertEquals(100, space.getLong(16), "blocks"),
        () -> assertEquals(40, space.getLong(32), "blocks available"),
        () -> assertEquals(4096, space.getInt(56), "block size"),
        () -> assertEquals(255, space.getInt(60), "longest name"));
  }

  @Test
  void theResetsNotificationsComeBeforeItsAnswer() {
    send(LOOKUP_FILE);
    kernel.take();
    send(IOCTL_RESET);
    List<ByteBuffer> messages = kernel.take();
    ByteBuffer last = messages.get(messages.size() - 1);
    assertEquals(0x18, last.getLong(Fuse.OUT_UNIQUE));
    assertEquals(0, last.getLong(16), "what ioctl returns");
    List<Long> inodes =
        messages.stream()
            .filter(message -> message.getInt(Fuse.OUT_ERROR) == Fuse.NOTIFY_INVAL_INODE)
            .map(message -> message.getLong(16))
            .sorted()
            .toList();
    assertEquals(List.of(1L, 2L), inodes);
    assertTrue(
        messages.stream()
            .filter(message -> message.getInt(Fuse.OUT_ERROR) == Fuse.NOTIFY_INVAL_ENTRY)
            .anyMatch(message -> message.getLong(16) == 1 && message.get(32) == 'f'));
  }

  /** Whoever asks that has just opened the file and will read it. */
  @Test
  void theKernelGetsAFilesPagesBeforeItHearsThatItIsNoTerminal() {
    send(LOOKUP_FILE);
    kernel.take();
    send(IOCTL_ISATTY);
    List<ByteBuffer> messages = kernel.take();
    assertEquals(2, messages.size());
    ByteBuffer pages = messages.get(0);
    assertAll(
        () -> assertEquals(Fuse.NOTIFY_STORE, pages.getInt(Fuse.OUT_ERROR)),
        () -> assertEquals(0, pages.getLong(Fuse.OUT_UNIQUE)),
        () -> assertEquals(2, pages.getLong(16), "node"),
        () -> assertEquals(0, pages.getLong(24), "offset"),
        () -> assertEquals(7, pages.getInt(32), "size"),
        () ->
            assertEquals(
                "content", StandardCharsets.US_ASCII.decode(pages.slice(40, 7)).toString()),
        () -> assertEquals(47, pages.capacity()));
    assertEquals(-Errno.ENOTTY, messages.get(1).getInt(Fuse.OUT_ERROR));
    assertEquals(Errno.ENOTTY, error(IOCTL_ISATTY), "the kernel has them");
    assertEquals(1, counters.get(Counter.FUSE_STORE));
    send(IOCTL_RESET);
    kernel.take();
    send(IOCTL_ISATTY);
    assertEquals(2, kernel.take().size(), "it has them no longer");
  }

  @Test
  void pagesThatDoNotFitWhatTheKernelWasToldAreNotGivenToIt() {
    send(LOOKUP_FILE);
    kernel.take();
    reset.run().join();
    storage.put("/file", "longer content".getBytes(StandardCharsets.US_ASCII));
    kernel.take();
    assertEquals(Errno.ENOTTY, error(IOCTL_ISATTY));
  }

  /** They were read from storage before the reset, and must not reach the kernel after it. */
  @Test
  void pagesFromBeforeAResetAreNotGivenToTheKernel() {
    send(LOOKUP_FILE);
    kernel.take();
    held = true;
    send(IOCTL_ISATTY);
    assertEquals(List.of(), kernel.take());
    reset.run().join();
    kernel.take();
    release();
    List<ByteBuffer> messages = kernel.take();
    assertEquals(1, messages.size());
    assertEquals(-Errno.ENOTTY, messages.get(0).getInt(Fuse.OUT_ERROR));
  }

  @Test
  void whatChangesSomethingIsRefusedAndWhatIsUnknownCounted() {
    send(LOOKUP_FILE);
    kernel.take();
    assertEquals(Errno.EROFS, error(CREATE));
    assertEquals(Errno.ENOSYS, error(OPEN));
    assertEquals(Errno.ENOSYS, error(FLUSH));
    assertEquals(0, counters.get(Counter.FUSE_UNKNOWN));
    assertEquals(Errno.ENOSYS, error(STATFS.replace("2800000011", "28000000e7")));
    assertEquals(1, counters.get(Counter.FUSE_UNKNOWN));
    assertEquals(Errno.ESTALE, error(READ.replace("0a000000000000000200", "0a000000000000000900")));
  }

  @Test
  void forgottenNodesGo() {
    send(LOOKUP_FILE);
    send(LOOKUP_FILE);
    assertNotNull(nodes.get(2));
    kernel.take();
    send(FORGET_TWICE);
    assertNull(nodes.get(2));
    assertEquals(List.of(), kernel.take(), "a forget is not answered");
  }

  @Test
  void aBatchOfForgottenNodesGoes() {
    send(LOOKUP_FILE);
    send(LOOKUP_FILE);
    kernel.take();
    send(BATCH_FORGET);
    assertNull(nodes.get(2));
    assertEquals(List.of(), kernel.take(), "a forget is not answered");
  }

  @Test
  void anAnswerNobodyTookIsNoLookup() {
    kernel.refuse();
    send(LOOKUP_FILE);
    send(READDIRPLUS);
    assertEquals(1, nodes.size(), "the root");
  }

  @Test
  void anInterruptEndsARequestThatWaits() {
    held = true;
    send(LOOKUP_FILE);
    assertEquals(List.of(), kernel.take());
    send(interrupt(6));
    List<ByteBuffer> answers = kernel.take();
    assertEquals(1, answers.size());
    assertEquals(-Errno.EINTR, answers.get(0).getInt(Fuse.OUT_ERROR));
    release();
    assertEquals(List.of(), kernel.take(), "a second answer");
    assertEquals(1, nodes.size());
  }

  @Test
  void anInterruptThatComesFirstEndsItToo() {
    held = true;
    send(interrupt(6));
    send(LOOKUP_FILE);
    assertEquals(-Errno.EINTR, kernel.take().get(0).getInt(Fuse.OUT_ERROR));
  }

  private static String interrupt(int unique) {
    return "3000000024000000"
        + "0"
        + (unique + 1)
        + "00000000000000"
        + "00".repeat(24)
        + "0"
        + unique
        + "00000000000000";
  }

  /** What storage said before a reset must not reach the kernel after it. */
  @Test
  void anAnswerFromBeforeAResetIsAskedForAnew() {
    held = true;
    send(LOOKUP_FILE);
    Runnable asked = waiting.remove();
    reset.run().join();
    kernel.take();
    asked.run();
    assertEquals(List.of(), kernel.take(), "the answer from before");
    assertEquals(1, nodes.size());
    release();
    List<ByteBuffer> answers = kernel.take();
    assertEquals(1, answers.size());
    assertEquals(6, answers.get(0).getLong(Fuse.OUT_UNIQUE));
    assertEquals(2, answers.get(0).getLong(16), "node");
  }
}
