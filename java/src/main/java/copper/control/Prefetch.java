package copper.control;

import copper.codec.PrefetchItem;
import copper.codec.Rpcs;
import copper.codec.TreeReport;
import copper.codec.TreeReport.Missed;
import copper.codec.TreeReport.Numbers;
import copper.control.PrefetchPlan.Part;
import copper.model.RawPath;
import copper.store.CooperativeStore;
import copper.store.Lanes;
import copper.trace.TraceReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Brings files into the caches of all nodes before a job asks for them.
 *
 * <p>The node that is told to finds out what there is by listing, makes sure that all nodes have
 * room for it, and then sends batches down the tree, of which a few are under way at a time: a slow
 * node slows all this down, and nothing piles up. What is there already is passed over, so a
 * command that was broken off can be given again.
 */
public final class Prefetch {
  /** Batches under way at once: about one for each level of a large tree. */
  private static final int WINDOW = 6;

  private final CooperativeStore store;
  private final TreeCast tree;
  private final Place place;
  private final Executor executor;

  /**
   * What the paths of a command are related to.
   *
   * @param mount where the node is mounted
   * @param target what it mirrors
   * @param views the names of the mount on storage, below which nothing is fetched
   */
  public record Place(Path mount, RawPath target, Set<RawPath> views) {
    /** Takes an unmodifiable copy of the set. */
    public Place {
      views = Set.copyOf(views);
    }
  }

  /**
   * Makes the command.
   *
   * @param executor reads the trace, which blocks
   */
  public Prefetch(CooperativeStore store, TreeCast tree, Place place, Executor executor) {
    this.store = store;
    this.tree = tree;
    this.place = place;
    this.executor = executor;
  }

  /**
   * Runs it: a {@link ControlRequest} about a {@link PrefetchRequest}; the result is a TreeReport.
   */
  CompletableFuture<ByteBuffer> run(ByteBuffer body, Consumer<ByteBuffer> progress) {
    ControlRequest request = ControlRequest.decode(body);
    PrefetchRequest wanted = PrefetchRequest.decode(request.body());
    CompletableFuture<ByteBuffer> result = new CompletableFuture<>();
    plan(wanted)
        .thenCompose(plan -> checkRoom(plan, request).thenApply(room -> plan))
        .thenCompose(plan -> new Run(plan, request, progress, result).start())
        .whenComplete(
            (report, failure) -> {
              if (failure == null) {
                result.complete(report.encode());
              } else {
                result.completeExceptionally(failure);
              }
            });
    return result;
  }

  private CompletableFuture<PrefetchPlan> plan(PrefetchRequest wanted) {
    PrefetchWalk walk = new PrefetchWalk(store, place.views());
    if (wanted.trace().isEmpty()) {
      return walk.below(wanted.onStorage(place.mount(), place.target()));
    }
    return CompletableFuture.supplyAsync(() -> items(wanted.trace().get()), executor)
        .thenCompose(walk::of);
  }

  private List<PrefetchItem> items(Path trace) {
    try {
      List<PrefetchItem> items = PrefetchTrace.items(TraceReader.readAll(trace));
      items.stream()
          .filter(item -> !item.path().startsWith(place.target()))
          .findFirst()
          .ifPresent(
              item -> {
                throw new IllegalArgumentException(
                    trace
                        + " is of another target: "
                        + item.path()
                        + " is not below "
                        + place.target());
              });
      return items;
    } catch (IOException e) {
      throw new CompletionException(
          new IOException(trace + " cannot be read: " + e.getMessage(), e));
    }
  }

  /** Fails if a node's caches cannot hold what is planned. */
  private CompletableFuture<Void> checkRoom(PrefetchPlan plan, ControlRequest request) {
    Part total = plan.total();
    return tree.run(Rpcs.STATS, ByteBuffer.allocate(0), request.scope(), request.patience())
        .thenAccept(report -> report.numbers().forEach(node -> checkRoom(total, node)));
  }

  private static void checkRoom(Part total, Numbers node) {
    long needed = total.memory();
    long room = node.values().getOrDefault(Stats.DATA_LIMIT, Long.MAX_VALUE);
    if (needed > room) {
      throw new IllegalArgumentException(
          String.format(
              "%d MiB of files do not fit: %s (%s) has room for %d MiB; prefetch less, or give the"
                  + " nodes more with -max_cache_bytes",
              (needed >> 20) + 1, node.host(), node.address(), room >> 20));
    }
  }

  /** The batches of one command. */
  private final class Run {
    private final PrefetchPlan plan;
    private final Part total;
    private final ControlRequest request;
    private final Consumer<ByteBuffer> progress;
    private final CompletableFuture<?> result;

    // Guarded by this.
    private Part fetched = Part.NOTHING;
    private TreeReport sum = TreeReport.NONE;
    private final Map<String, Missed> missed = new LinkedHashMap<>();
    private int nodes = Integer.MAX_VALUE;

    Run(
        PrefetchPlan plan,
        ControlRequest request,
        Consumer<ByteBuffer> progress,
        CompletableFuture<?> result) {
      this.plan = plan;
      this.total = plan.total();
      this.request = request;
      this.progress = progress;
      this.result = result;
    }

    CompletableFuture<TreeReport> start() {
      progress.accept(report().encode());
      return Lanes.run(WINDOW, plan.batches(), this::batch).thenApply(done -> report());
    }

    private CompletableFuture<Void> batch(List<Part> parts) {
      if (result.isDone()) {
        return CompletableFuture.failedFuture(new IOException("nobody waits any more"));
      }
      return tree.run(
              Rpcs.PREFETCH,
              PrefetchItem.encode(parts.stream().map(Part::item).toList()),
              request.scope(),
              request.patience())
          .thenAccept(report -> note(parts, report));
    }

    private synchronized void note(List<Part> parts, TreeReport report) {
      fetched = parts.stream().reduce(fetched, Part::plus);
      report.missed().forEach(node -> missed.putIfAbsent(node.address(), node));
      sum = sum.plus(report).summed();
      nodes = Math.min(nodes, report.done());
      progress.accept(report().encode());
    }

    private synchronized TreeReport report() {
      Map<String, Long> values = new LinkedHashMap<>();
      values.put("planned_files", total.files());
      values.put("planned_bytes", total.bytes());
      values.put("done_files", fetched.files());
      values.put("done_bytes", fetched.bytes());
      sum.numbers()
          .forEach(
              all -> all.values().forEach((name, value) -> values.put("all_nodes_" + name, value)));
      return new TreeReport(
              nodes == Integer.MAX_VALUE ? 0 : nodes,
              List.copyOf(missed.values()),
              List.of(new Numbers("", "", values)),
              plan.problems(),
              0)
          .plus(new TreeReport(0, List.of(), List.of(), sum.problems(), sum.moreProblems()));
    }
  }
}
