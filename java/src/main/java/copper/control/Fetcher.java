package copper.control;

import copper.codec.CodecException;
import copper.codec.PrefetchItem;
import copper.codec.TreeReport;
import copper.codec.TreeReport.Numbers;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.Failures;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.store.CooperativeStore;
import copper.store.Lanes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a node does for copper_prefetch: has its store fetch what is listed, as if a program asked
 * for it. What is here already costs a look.
 *
 * <p>A parent has done so before its children are asked, so that theirs comes from its memory.
 */
public final class Fetcher implements TreeCast.Step {
  private static final int ITEMS_AT_ONCE = 4;
  private static final int FILES_AT_ONCE = 8;
  private static final int STRETCHES_AT_ONCE = 4;

  private final CooperativeStore store;

  /** Makes the step of a node. */
  public Fetcher(CooperativeStore store) {
    this.store = store;
  }

  @Override
  public CompletableFuture<TreeReport> here(ByteBuffer body) {
    List<PrefetchItem> items;
    try {
      items = PrefetchItem.decode(body);
    } catch (CodecException e) {
      return CompletableFuture.failedFuture(e);
    }
    Batch batch = new Batch();
    return Lanes.run(ITEMS_AT_ONCE, items.iterator(), batch::fetch)
        .thenApply(done -> batch.report());
  }

  @Override
  public TreeReport merge(TreeReport reports) {
    return reports.summed();
  }

  /** One request, and what it has brought so far. */
  private final class Batch {
    private final Map<String, LongAdder> counts = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    Batch() {
      for (String name : List.of("files", "bytes", "fetched_files", "fetched_bytes", "links")) {
        counts.put(name, new LongAdder());
      }
    }

    private TreeReport report() {
      Map<String, Long> values = new LinkedHashMap<>();
      counts.forEach((name, count) -> values.put(name, count.sum()));
      synchronized (problems) {
        return TreeReport.of(List.of(new Numbers("", "", values)), problems);
      }
    }

    private void count(String name, long amount) {
      counts.get(name).add(amount);
    }

    CompletableFuture<Void> fetch(PrefetchItem item) {
      RawPath path = item.path();
      return switch (item.kind()) {
        case ATTRIBUTES -> answered(path, store.lstat(path), stat -> done());
        case NAMES -> answered(path, store.list(path), names -> done());
        case LINK -> link(path);
        case FILE ->
            answered(
                path,
                store.lstat(path),
                stat -> file(path, stat, item.offset(), item.length()).get());
        case DIRECTORY -> answered(path, store.list(path), names -> directory(path, names));
      };
    }

    private CompletableFuture<Void> done() {
      return CompletableFuture.completedFuture(null);
    }

    /** Goes on with an answer; notes one that is an error. */
    private <T> CompletableFuture<Void> answered(
        RawPath path,
        CompletableFuture<Reply<T>> question,
        Function<T, CompletableFuture<Void>> next) {
      return question
          .handle(
              (reply, failure) -> {
                if (failure != null) {
                  return problem(path, String.valueOf(Failures.cause(failure).getMessage()));
                }
                return reply.ok()
                    ? next.apply(reply.value())
                    : problem(path, Errno.name(reply.errno()));
              })
          .thenCompose(step -> step);
    }

    private CompletableFuture<Void> problem(RawPath path, String why) {
      synchronized (problems) {
        problems.add(path + ": " + why);
      }
      return done();
    }

    /** What is here already is told before anything is fetched, since files come together. */
    private CompletableFuture<Void> directory(RawPath directory, DirectoryListing listing) {
      List<Supplier<CompletableFuture<Void>>> steps = new ArrayList<>();
      for (DirectoryListing.Entry entry : listing.entries()) {
        RawPath path = directory.resolve(entry.name());
        if (entry.stat().isPresent()) {
          steps.add(entry(path, entry.stat().get()));
        } else if (!entry.isSelfOrParent()) {
          steps.add(() -> answered(path, store.lstat(path), stat -> entry(path, stat).get()));
        }
      }
      return Lanes.run(FILES_AT_ONCE, steps.iterator(), Supplier::get);
    }

    private Supplier<CompletableFuture<Void>> entry(RawPath path, FileStat stat) {
      if (stat.isSymbolicLink()) {
        return () -> link(path);
      }
      return file(path, stat, 0, PrefetchItem.ALL);
    }

    private CompletableFuture<Void> link(RawPath path) {
      count("links", 1);
      return answered(path, store.readlink(path), target -> done());
    }

    /** Returns what fetches those stretches of a file that lie between the offsets. */
    private Supplier<CompletableFuture<Void>> file(
        RawPath path, FileStat stat, long offset, long length) {
      if (!stat.isRegularFile() || !store.keeps(stat)) {
        return this::done;
      }
      long end = length == PrefetchItem.ALL ? stat.size() : Math.min(stat.size(), offset + length);
      long stretch = store.stretch(stat);
      List<Long> missing = new ArrayList<>();
      for (long at = offset - offset % stretch; at < end; at += stretch) {
        count("bytes", Math.min(stretch, stat.size() - at));
        if (!store.isHere(path, stat, at)) {
          missing.add(at);
        }
      }
      count("files", 1);
      count("fetched_files", missing.isEmpty() ? 0 : 1);
      return () -> Lanes.run(STRETCHES_AT_ONCE, missing.iterator(), at -> stretch(path, stat, at));
    }

    private CompletableFuture<Void> stretch(RawPath path, FileStat stat, long from) {
      return answered(
          path,
          // A byte of it: the rest comes along, and nothing needs to be copied.
          store.read(path, from, 1),
          data -> {
            count("fetched_bytes", Math.min(store.stretch(stat), stat.size() - from));
            return done();
          });
    }
  }
}
