package copper.store;

import copper.cache.Budget;
import copper.codec.CodecException;
import copper.codec.PushAnswer;
import copper.config.PushMode;
import copper.metrics.Counters;
import copper.model.RawPath;
import copper.simulate.VirtualTime;
import copper.storage.ServedPaths;
import copper.testing.MemoryStorage;
import copper.testing.VirtualNetwork;
import copper.tree.Above;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a parent sends unasked to a node that serves "/t" and not "/t/s", and has little room. */
public final class PushTargets {
  private static final Budget BUDGET = Budget.of(1 << 20, 1 << 20);

  /** Made once, since that takes longer than an input; each begins with it empty. */
  private static final CooperativeStore STORE = store();

  private PushTargets() {}

  private static CooperativeStore store() {
    VirtualTime time = new VirtualTime();
    return CooperativeStore.create(
        Above.of(Optional.of("parent")),
        new VirtualNetwork(time).join("child"),
        new MemoryStorage(),
        new CooperativeStore.Limits(1 << 20, Duration.ofHours(1), BUDGET),
        Timeouts.DEFAULT,
        new CooperativeStore.Environment(Runnable::run, time, time, new Counters())
            .serving(
                ServedPaths.below(RawPath.of("/t"), List.of()).denying(List.of(RawPath.of("/t/s"))))
            .pushing(PushMode.ON));
  }

  /** Has the caches take what the message says. */
  public static void taken(byte[] input) {
    STORE.clear();
    try {
      ByteBuffer message = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
      PushAnswer.decode(message)
          .forEach(item -> STORE.pushContents().take(item, STORE.directories().generation()));
    } catch (CodecException e) {
      // As it should be.
    }
    STORE.contents().forEachStat((path, stat) -> check(path));
    STORE.contents().forEachFile((path, length) -> check(path));
    STORE.contents().forEachDirectory((path, names) -> check(path));
    if (STORE.fill().dataBytes() + STORE.fill().metadataBytes() > BUDGET.total()) {
      throw new AssertionError("more was taken than there is room for");
    }
  }

  private static void check(RawPath path) {
    if (!path.startsWith(RawPath.of("/t")) || path.startsWith(RawPath.of("/t/s"))) {
      throw new AssertionError(path + " is not served");
    }
  }
}
