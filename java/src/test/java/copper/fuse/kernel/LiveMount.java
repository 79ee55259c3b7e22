package copper.fuse.kernel;

import static org.junit.jupiter.api.Assertions.fail;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.cache.Budget;
import copper.control.Ioctl;
import copper.control.Reset;
import copper.fuse.CopperOperations;
import copper.fuse.Libc;
import copper.fuse.MountException;
import copper.fuse.MountOptions;
import copper.fuse.MountPoint;
import copper.metrics.Counters;
import copper.model.RawPath;
import copper.simulate.VirtualTime;
import copper.storage.Storage;
import copper.storage.StoragePool;
import copper.store.CooperativeStore;
import copper.testing.VirtualNetwork;
import copper.tree.Above;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A real mount in this JVM, of a node that is alone and reads the storage it is given.
 *
 * <p>Looked at by processes of their own, each with a deadline: a mount that hangs must not hang
 * the tests.
 */
final class LiveMount implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final StoragePool pool = new StoragePool(32);
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Path point;
  private final KernelMount mount;

  /**
   * Mounts the directory {@code target} at {@code point}.
   *
   * @param storage what reads the target
   * @param options as behind -o
   */
  LiveMount(Path target, Path point, Storage storage, String... options) throws MountException {
    this.point = point;
    Counters counters = new Counters();
    CooperativeStore store =
        CooperativeStore.create(
            Above.NOBODY,
            new VirtualNetwork(new VirtualTime()).join("root"),
            storage,
            new CooperativeStore.Limits(
                1 << 20, Duration.ofHours(1), Budget.of(64 << 20, 64 << 20)),
            copper.store.Timeouts.DEFAULT,
            new CooperativeStore.Environment(pool, timer, Ticker.systemTicker(), counters));
    Reset reset = new Reset(store, pool);
    CopperOperations operations =
        new CopperOperations(
            store,
            RawPath.of(target.toString()),
            new Ioctl(reset, counters, Optional.empty(), pool),
            counters,
            Optional.empty());
    mount =
        KernelMount.mount(
            operations,
            new MountPoint(point, Libc.load()),
            new MountOptions("copper:" + target, Duration.ofHours(1), false, List.of(options)),
            pool,
            pool,
            timer);
    reset.attach(mount);
  }

  KernelMount mount() {
    return mount;
  }

  /** Starts a program; its standard output and error are one. */
  static Process start(String... words) {
    try {
      return new ProcessBuilder(words)
          .redirectErrorStream(true)
          .redirectInput(Path.of("/dev/null").toFile())
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for a program to end and returns what it said. */
  static String said(Process process) {
    try {
      if (!process.waitFor(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        fail("it has not ended after " + DEADLINE);
      }
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Runs a program in Python to its end and returns what it said; {@code sys.argv[1]} is the mount.
   */
  String python(String program) {
    return said(start("python3", "-c", program, point.toString()));
  }

  @Override
  public void close() {
    mount.close();
    timer.shutdownNow();
    pool.close();
  }
}
