package copper.store;

import copper.codec.PartRequest;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.RawPath;
import copper.model.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Puts a large directory together from its parts, of which a few are asked for at a time. */
final class WholeDirectory {
  /** Parts asked for at a time: the way up the tree takes longer than a part. */
  private static final int LANES = 4;

  private final Parts parts;
  private final RawPath directory;
  private final DirectoryListing first;
  private final AtomicReferenceArray<DirectoryListing> there;
  private final AtomicInteger next = new AtomicInteger(1);
  private final AtomicInteger left;
  private final CompletableFuture<Reply<DirectoryListing>> done = new CompletableFuture<>();

  WholeDirectory(Parts parts, RawPath directory, DirectoryListing first) {
    this.parts = parts;
    this.directory = directory;
    this.first = first;
    int count = (first.total() + Parts.ENTRIES - 1) / Parts.ENTRIES;
    this.there = new AtomicReferenceArray<>(count);
    this.left = new AtomicInteger(count - 1);
    there.set(0, first);
  }

  /** Answers with the whole directory, or with what went wrong first. */
  CompletableFuture<Reply<DirectoryListing>> fetch() {
    if (first.entries().size() != Parts.ENTRIES) {
      // A parent that cuts directories in another way, which none does so far.
      return CompletableFuture.completedFuture(Reply.failure(Errno.EIO));
    }
    for (int i = 0; i < LANES; i++) {
      lane();
    }
    return done;
  }

  private void lane() {
    for (int i = next.getAndIncrement(); i < there.length(); i = next.getAndIncrement()) {
      int index = i;
      CompletableFuture<Reply<DirectoryListing>> part =
          parts.get(
              new PartRequest(directory, first.version(), index * Parts.ENTRIES, Parts.ENTRIES));
      if (!part.isDone()) {
        part.whenComplete(
            (reply, failure) -> {
              if (take(index, part)) {
                lane();
              }
            });
        return;
      }
      if (!take(index, part)) {
        return;
      }
    }
  }

  /** Takes a part that has come, or not; returns whether to go on. */
  private boolean take(int index, CompletableFuture<Reply<DirectoryListing>> part) {
    Reply<DirectoryListing> reply;
    try {
      reply = part.join();
    } catch (CompletionException | CancellationException e) {
      done.completeExceptionally(e);
      return false;
    }
    if (!reply.ok()) {
      done.complete(reply);
      return false;
    }
    int due = Math.min(Parts.ENTRIES, first.total() - index * Parts.ENTRIES);
    if (reply.value().entries().size() != due) {
      done.complete(Reply.failure(Errno.EIO));
      return false;
    }
    there.set(index, reply.value());
    if (left.decrementAndGet() == 0) {
      done.complete(Reply.of(joined()));
    }
    return !done.isDone();
  }

  private DirectoryListing joined() {
    List<DirectoryListing.Entry> entries = new ArrayList<>(first.total());
    for (int i = 0; i < there.length(); i++) {
      entries.addAll(there.get(i).entries());
    }
    return first.with(entries);
  }
}
