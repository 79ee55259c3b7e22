package copper.storage;

import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.OperationStats;
import copper.metrics.Outcome;
import copper.metrics.Pending;
import copper.metrics.PendingCalls;
import copper.metrics.jfr.StorageEvent;
import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/** Counts and times every operation that reaches the storage it wraps. */
public final class CountingStorage implements Storage {
  private final Storage storage;
  private final Counters counters;
  private final OperationStats lstats;
  private final OperationStats lists;
  private final OperationStats reads;
  private final OperationStats readlinks;
  private final OperationStats statfss;
  private final PendingCalls pending = new PendingCalls();

  /** Wraps {@code storage}, which is borrowed. */
  public CountingStorage(Storage storage, Counters counters) {
    this.storage = storage;
    this.counters = counters;
    this.lstats = stats("lstat");
    this.lists = stats("list");
    this.reads = stats("read");
    this.readlinks = stats("readlink");
    this.statfss = stats("statfs");
  }

  private OperationStats stats(String name) {
    return counters.of(new Operation(Operation.Layer.STORAGE, name));
  }

  /** Returns the calls that storage has not answered, in no order. */
  public List<Pending> pending() {
    return pending.all();
  }

  @Override
  public Reply<FileStat> lstat(RawPath path) {
    counters.increment(Counter.STORAGE_LSTAT);
    return timed(lstats, "lstat", path, () -> storage.lstat(path));
  }

  @Override
  public Reply<DirectoryListing> list(RawPath path) {
    counters.increment(Counter.STORAGE_LIST);
    return timed(lists, "list", path, () -> storage.list(path));
  }

  @Override
  public Reply<WholeFile> readFile(RawPath path, long limit) {
    return read(path, () -> storage.readFile(path, limit), WholeFile::length);
  }

  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length) {
    return read(path, () -> storage.read(path, offset, length), ByteBuffer::remaining);
  }

  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length, FileVersion version) {
    return read(path, () -> storage.read(path, offset, length, version), ByteBuffer::remaining);
  }

  private <T> Reply<T> read(RawPath path, Supplier<Reply<T>> call, ToLongFunction<T> bytes) {
    counters.increment(Counter.STORAGE_READ);
    Reply<T> reply = timed(reads, "read", path, call);
    if (reply.ok()) {
      counters.add(Counter.STORAGE_READ_BYTES, bytes.applyAsLong(reply.value()));
    }
    return reply;
  }

  @Override
  public Reply<byte[]> readlink(RawPath path) {
    counters.increment(Counter.STORAGE_READLINK);
    return timed(readlinks, "readlink", path, () -> storage.readlink(path));
  }

  @Override
  public Reply<FileSystemStat> statfs(RawPath path) {
    counters.increment(Counter.STORAGE_STATFS);
    return timed(statfss, "statfs", path, () -> storage.statfs(path));
  }

  private <T> Reply<T> timed(
      OperationStats stats, String name, RawPath path, Supplier<Reply<T>> call) {
    counters.noteStorageCall();
    StorageEvent event = new StorageEvent();
    event.begin();
    long start = counters.now();
    Reply<T> reply = pending.during(new Pending(name, path, start), call);
    stats.record(Outcome.DONE, counters.now() - start);
    if (event.shouldCommit()) {
      event.operation = name;
      event.path = path.toString();
      event.errno = reply.errno();
      event.bytes = reply.ok() && reply.value() instanceof ByteBuffer data ? data.remaining() : 0;
      event.commit();
    }
    return reply;
  }
}
