package copper.control;

import copper.codec.PrefetchItem;
import copper.codec.PrefetchItem.Kind;
import copper.control.PrefetchPlan.Part;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.store.CooperativeStore;
import copper.store.Lanes;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Finds out what lies below some paths, by listing alone; what lies below the mount itself is left
 * out. Links are noted and not followed.
 */
final class PrefetchWalk {
  private static final int DIRECTORIES_AT_ONCE = 8;

  private final CooperativeStore store;
  private final Set<RawPath> views;
  private final PrefetchPlan plan = new PrefetchPlan();

  PrefetchWalk(CooperativeStore store, Set<RawPath> views) {
    this.store = store;
    this.views = views;
  }

  /** Returns the plan for {@code paths} and all below them. */
  CompletableFuture<PrefetchPlan> below(List<RawPath> paths) {
    Queue<RawPath> directories = new ConcurrentLinkedQueue<>();
    return Lanes.run(DIRECTORIES_AT_ONCE, paths.iterator(), path -> start(path, directories))
        .thenCompose(done -> level(directories))
        .thenApply(done -> plan);
  }

  private CompletableFuture<Void> start(RawPath path, Queue<RawPath> directories) {
    return answered(
        path,
        store.lstat(path),
        stat -> {
          if (stat.isDirectory()) {
            directories.add(path);
          } else if (stat.isSymbolicLink()) {
            plan.add(Part.of(path, Kind.LINK));
            plan.problem(path + " is a symbolic link; name what it leads to");
          } else {
            plan.add(sized(Part.of(path, Kind.FILE), stat));
          }
          return done();
        });
  }

  private CompletableFuture<Void> level(Queue<RawPath> directories) {
    if (directories.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    Queue<RawPath> next = new ConcurrentLinkedQueue<>();
    return Lanes.run(
            DIRECTORIES_AT_ONCE, directories.iterator(), directory -> list(directory, next))
        .thenCompose(done -> level(next));
  }

  private CompletableFuture<Void> list(RawPath directory, Queue<RawPath> next) {
    return answered(
        directory,
        store.list(directory),
        listing -> {
          AtomicReference<Part> sum = new AtomicReference<>(Part.of(directory, Kind.DIRECTORY));
          return Lanes.run(
                  1,
                  listing.entries().stream().filter(entry -> !entry.isSelfOrParent()).iterator(),
                  entry -> entry(directory.resolve(entry.name()), entry, sum, next))
              .thenAccept(all -> plan.add(sum.get()));
        });
  }

  private CompletableFuture<Void> entry(
      RawPath path, DirectoryListing.Entry entry, AtomicReference<Part> sum, Queue<RawPath> next) {
    if (views.contains(path)) {
      return done();
    }
    if (entry.type() == FileStat.S_IFDIR) {
      next.add(path);
      return done();
    }
    if (entry.type() != FileStat.S_IFREG && entry.type() != DirectoryListing.UNKNOWN) {
      return done();
    }
    if (entry.stat().isPresent()) {
      sum.updateAndGet(part -> sized(part, entry.stat().get()));
      return done();
    }
    return answered(
        path,
        store.lstat(path),
        stat -> {
          if (stat.isDirectory()) {
            next.add(path);
          } else {
            sum.updateAndGet(part -> sized(part, stat));
          }
          return done();
        });
  }

  /** Returns the plan for single things, each with the directories whose names it needs. */
  CompletableFuture<PrefetchPlan> of(List<PrefetchItem> items) {
    return Lanes.run(DIRECTORIES_AT_ONCE, items.iterator(), this::single).thenApply(done -> plan);
  }

  private CompletableFuture<Void> single(PrefetchItem item) {
    Part part = new Part(item, 0, 0, 0);
    if (item.kind() != Kind.FILE) {
      plan.add(part);
      return done();
    }
    return answered(
        item.path(),
        store.lstat(item.path()),
        stat -> {
          Part all = sized(part, stat);
          boolean some = item.length() != PrefetchItem.ALL && all.chunkBytes() > 0;
          long bytes = Math.min(item.length(), stat.size() - item.offset());
          plan.add(some ? new Part(item, 1, 0, Math.max(0, bytes)) : all);
          return done();
        });
  }

  private Part sized(Part part, FileStat stat) {
    if (!stat.isRegularFile() || !store.keeps(stat)) {
      return part;
    }
    boolean whole = store.comesWhole(stat);
    return part.plus(new Part(part.item(), 1, whole ? stat.size() : 0, whole ? 0 : stat.size()));
  }

  private static CompletableFuture<Void> done() {
    return CompletableFuture.completedFuture(null);
  }

  private <T> CompletableFuture<Void> answered(
      RawPath path,
      CompletableFuture<Reply<T>> question,
      Function<T, CompletableFuture<Void>> next) {
    return question.thenCompose(
        reply -> {
          if (reply.ok()) {
            return next.apply(reply.value());
          }
          plan.problem(path + ": " + Errno.name(reply.errno()));
          return done();
        });
  }
}
