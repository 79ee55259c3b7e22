package copper.control;

import copper.codec.TreeReport;
import copper.model.RawPath;
import copper.store.CooperativeStore;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;

/**
 * Makes this node and its kernel forget what they know, so that the next access asks anew.
 *
 * <p>Ours go first: were it the other way round, a request in between would bring the old answer
 * back into the kernel.
 */
public final class Reset implements TreeCast.Step {
  private static final Logger LOG = Logger.getLogger(Reset.class.getName());

  private final CooperativeStore store;
  private final Executor executor;
  private final AtomicReference<KernelCache> kernel = new AtomicReference<>();

  /**
   * Makes the command.
   *
   * @param executor runs the kernel's part, which blocks
   */
  public Reset(CooperativeStore store, Executor executor) {
    this.store = store;
    this.executor = executor;
  }

  /** Names the mount whose kernel cache belongs to a reset; there is none before it is mounted. */
  public void attach(KernelCache mounted) {
    kernel.set(mounted);
  }

  /**
   * Makes the kernel forget the file {@code path}, below the mount point, which the store has found
   * changed; returns at once.
   */
  public void forget(RawPath path) {
    KernelCache mounted = kernel.get();
    if (mounted != null) {
      executor.execute(() -> mounted.invalidate(path));
    }
  }

  /** Resets; the future completes when nothing old is left, neither here nor in the kernel. */
  public CompletableFuture<Void> run() {
    return CompletableFuture.runAsync(
        () -> {
          store.clear();
          KernelCache mounted = kernel.get();
          if (mounted != null) {
            mounted.invalidateAll();
          }
          LOG.info("reset: caches of this node and of its kernel are empty");
        },
        executor);
  }

  /**
   * Resets this node as a part of its tree. Its ancestors have been reset before, so what it asks
   * them for from now on is not older than the command.
   */
  @Override
  public CompletableFuture<TreeReport> here(ByteBuffer body) {
    return run().thenApply(done -> TreeReport.of(List.of(), List.of()));
  }
}
