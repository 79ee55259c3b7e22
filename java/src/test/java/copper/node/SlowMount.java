package copper.node;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.cache.Budget;
import copper.config.CopperConfig.MountKind;
import copper.control.Ioctl;
import copper.control.Reset;
import copper.fuse.CopperOperations;
import copper.fuse.Libc;
import copper.fuse.Mount;
import copper.fuse.MountException;
import copper.fuse.MountOptions;
import copper.fuse.MountPoint;
import copper.metrics.Counters;
import copper.model.RawPath;
import copper.simulate.VirtualTime;
import copper.storage.PosixStorage;
import copper.storage.StoragePool;
import copper.store.CooperativeStore;
import copper.store.Timeouts;
import copper.testing.SlowStorage;
import copper.testing.VirtualNetwork;
import copper.tree.Above;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A node whose storage takes its time, for scripts/bench/mount.sh: {@code kernel|jnr MILLISECONDS
 * TARGET POINT}. Says "mounted", and ends with its standard input.
 */
public final class SlowMount {
  private static final Duration LONG = Duration.ofHours(1);

  private SlowMount() {}

  /** Runs it. */
  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) throws MountException, IOException {
    VirtualTime time = new VirtualTime();
    Counters counters = new Counters();
    try (StoragePool pool = new StoragePool(64)) {
      CooperativeStore store =
          CooperativeStore.create(
              Above.NOBODY,
              new VirtualNetwork(time).join("root"),
              new SlowStorage(Long.parseLong(arguments[1])),
              new CooperativeStore.Limits(1 << 20, LONG, Budget.of(64 << 20, 64 << 20)),
              Timeouts.DEFAULT,
              new CooperativeStore.Environment(pool, time, Ticker.systemTicker(), counters));
      CopperOperations operations =
          new CopperOperations(
              store,
              RawPath.of(arguments[2]),
              new Ioctl(new Reset(store, pool), counters, Optional.empty(), pool),
              counters,
              Optional.empty());
      MountPoint point = new MountPoint(Path.of(arguments[3]), Libc.load());
      Mounts mounts = new Mounts(operations, point, new PosixStorage(), pool, pool, time);
      MountKind kind = MountKind.valueOf(arguments[0].toUpperCase(Locale.ROOT));
      try (Mount mount = mounts.mount(kind, new MountOptions("slow", LONG, false, List.of()))) {
        System.out.println("mounted " + mount.getClass().getSimpleName());
        while (System.in.read() >= 0) {
          // Until the end.
        }
      }
    }
  }
}
