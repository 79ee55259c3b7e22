package copper.fuse.kernel;

import copper.cache.Budget;
import copper.fuse.MountException;
import copper.fuse.MountOptions;
import copper.metrics.Counters;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.simulate.VirtualTime;
import copper.store.CooperativeStore;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What comes from /dev/fuse, and the options of a mount. */
public final class KernelTargets {
  private static final int REQUEST_BYTES = 32 << 10;
  private static final int COLLECTED = 5_000;

  /** What the memory holds behind a request. */
  private static final byte[] JUNK = new byte[REQUEST_BYTES];

  /** Made once, since that takes ten times as long as an input. */
  private static final Below BELOW = new Below();

  static {
    Arrays.fill(JUNK, (byte) 0x5a);
  }

  private KernelTargets() {}

  /** What mounts stand on; whoever begins with it has it forget the one before. */
  private static final class Below {
    private final Counters counters = new Counters();
    private final VirtualTime time = new VirtualTime();
    private final MemoryStorage storage = new MemoryStorage().put("/file", new byte[] {1, 2, 3});
    private final ByteBuffer memory =
        ByteBuffer.allocateDirect(REQUEST_BYTES).order(ByteOrder.nativeOrder());
    private final CooperativeStore store;
    private int used;

    Below() {
      store =
          CooperativeStore.create(
              Above.NOBODY,
              new VirtualNetwork(time).join("root"),
              storage,
              new CooperativeStore.Limits(
                  1 << 20, Duration.ofHours(1), Budget.of(1 << 20, 1 << 20)),
              copper.store.Timeouts.DEFAULT,
              new CooperativeStore.Environment(Runnable::run, time, time, counters));
    }

    CooperativeStore emptyStore() {
      if (++used % COLLECTED == 0) {
        // The buffers of mounts that are gone lie outside the heap, where nothing else looks.
        System.gc();
      }
      store.clear();
      storage.asked().clear();
      return store;
    }
  }

  /** A mount on memory, with one file that the kernel knows as node 2. */
  private static final class Mounted {
    private final FakeKernel kernel = new FakeKernel();
    private final ByteBuffer memory = BELOW.memory;
    private final TestDispatcher dispatcher;

    Mounted() {
      NodeTable nodes = new NodeTable();
      Timeouts timeouts =
          Timeouts.renewing(Duration.ofDays(1), Duration.ofDays(1), Duration.ofHours(1));
      dispatcher =
          new TestDispatcher(
              kernel, BELOW.emptyStore(), nodes, timeouts, BELOW.time, BELOW.counters);
      nodes.acquire(
          nodes.root(),
          RawPath.of("/file"),
          FileStat.builder().mode(FileStat.S_IFREG | 0644).build());
    }

    /** Returns the answers to a request, notifications left out. */
    List<ByteBuffer> answers(byte[] input, int from, int length) {
      memory.clear();
      memory.put(0, JUNK);
      memory.put(0, input, from, length);
      dispatcher.handle(memory, length);
      List<ByteBuffer> answers = new ArrayList<>();
      for (ByteBuffer message : kernel.take()) {
        if (message.getInt(Fuse.OUT_LENGTH) != message.capacity()) {
          throw new AssertionError("an answer that is not as long as it says");
        }
        if (message.getLong(Fuse.OUT_UNIQUE) != 0) {
          answers.add(message);
        }
      }
      return answers;
    }
  }

  /** Requests one after the other, of 80 bytes each but for the last. */
  public static void request(byte[] input) {
    Mounted mounted = new Mounted();
    for (int from = 0; from < input.length; from += 80) {
      int length = Math.min(80, input.length - from);
      List<ByteBuffer> answers = mounted.answers(input, from, length);
      if (length < Fuse.IN_HEADER) {
        expect(answers.isEmpty(), answers);
        continue;
      }
      ByteBuffer request = ByteBuffer.wrap(input, from, length).slice();
      request.order(ByteOrder.nativeOrder());
      long unique = request.getLong(Fuse.IN_UNIQUE);
      int opcode = request.getInt(Fuse.IN_OPCODE);
      boolean silent =
          opcode == Fuse.FORGET || opcode == Fuse.BATCH_FORGET || opcode == Fuse.INTERRUPT;
      if (unique != 0) {
        expect(answers.size() == (silent ? 0 : 1), answers);
        answers.forEach(answer -> expect(answer.getLong(Fuse.OUT_UNIQUE) == unique, answers));
      }
    }
  }

  private static void expect(boolean right, List<ByteBuffer> answers) {
    if (!right) {
      throw new AssertionError(answers.size() + " answers: " + answers);
    }
  }

  /** The kernel's question for features. */
  public static void init(byte[] input) {
    ByteBuffer memory = ByteBuffer.allocate(REQUEST_BYTES).order(ByteOrder.nativeOrder());
    memory.put(0, input, 0, Math.min(input.length, REQUEST_BYTES));
    Negotiation agreed = Negotiation.read(memory, input.length, Fuse.MINOR);
    if (agreed != null && (agreed.minor() > Fuse.MINOR || agreed.maxPages() < 0)) {
      throw new AssertionError(agreed.toString());
    }
  }

  /** What stands behind -o. */
  public static void options(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    MountOptions options =
        new MountOptions("copper:/", Duration.ofSeconds(1), false, List.of(text.split("\0", -1)));
    try {
      KernelOptions.needLibfuse(options);
      KernelOptions.of(options);
    } catch (MountException e) {
      if (e.getMessage().isEmpty()) {
        throw new AssertionError("a mistake without a word", e);
      }
    }
  }
}
