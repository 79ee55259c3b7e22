package copper.control;

import copper.codec.TreeReport;
import copper.model.RawPath;
import copper.store.CooperativeStore;
import copper.store.ServedBy;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.logging.Logger;

/**
 * Makes this node and its kernel forget what they know, so that the next access asks anew.
 *
 * <p>Ours go first: were it the other way round, a request in between would bring the old answer
 * back into the kernel.
 */
public final class Reset implements TreeCast.Step {
  private static final Logger LOG = Logger.getLogger(Reset.class.getName());

  /** Counts the nodes that may have been reset before the one that answers them. */
  private static final String OUT_OF_ORDER = "out_of_order";

  private final CooperativeStore store;
  private final Executor executor;
  private final AtomicReference<KernelCache> kernel = new AtomicReference<>();

  /**
   * Makes the command.
   *
   * @param executor has a thread that only does this: the kernel's part blocks until the kernel has
   *     what it is reading, which may need any other
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
   * Has a tree reset, and where nodes were lost, or reset out of order, once more: what one of them
   * asked meanwhile of another that was not reset yet is forgotten then, and all have been reset.
   */
  static CompletableFuture<TreeReport> cast(Supplier<CompletableFuture<TreeReport>> run) {
    return run.get()
        .thenCompose(
            report ->
                report.missed().isEmpty() && report.numbers().isEmpty()
                    ? CompletableFuture.completedFuture(report)
                    : run.get());
  }

  /**
   * Resets this node as a part of its tree. Its ancestors have been reset before, so what it asks
   * them for from now on is not older than the command. Where another node stands in for them that
   * is not so, and the report says it.
   */
  @Override
  public CompletableFuture<TreeReport> here(ByteBuffer body) {
    boolean outOfOrder = store.servedBy().role() == ServedBy.Role.STAND_IN;
    List<TreeReport.Numbers> numbers =
        outOfOrder ? List.of(new TreeReport.Numbers("", "", Map.of(OUT_OF_ORDER, 1L))) : List.of();
    return run().thenApply(done -> TreeReport.of(numbers, List.of()));
  }
}
