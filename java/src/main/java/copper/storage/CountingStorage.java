package copper.storage;

import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import java.nio.ByteBuffer;

/** Counts every operation that reaches the storage it wraps, also by the thread that makes it. */
public final class CountingStorage implements Storage {
  private final Storage storage;
  private final Counters counters;
  private final ThreadLocal<long[]> callsOfThread = ThreadLocal.withInitial(() -> new long[1]);

  /** Wraps {@code storage}, which is borrowed. */
  public CountingStorage(Storage storage, Counters counters) {
    this.storage = storage;
    this.counters = counters;
  }

  @Override
  public Reply<FileStat> lstat(RawPath path) {
    count(Counter.STORAGE_LSTAT);
    return storage.lstat(path);
  }

  @Override
  public Reply<DirectoryListing> list(RawPath path) {
    count(Counter.STORAGE_LIST);
    return storage.list(path);
  }

  @Override
  public Reply<ByteBuffer> readFile(RawPath path, long limit) {
    return countBytes(storage.readFile(path, limit));
  }

  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length) {
    return countBytes(storage.read(path, offset, length));
  }

  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length, FileVersion version) {
    return countBytes(storage.read(path, offset, length, version));
  }

  /** Returns how many operations the current thread has made. */
  public long callsOfThisThread() {
    return callsOfThread.get()[0];
  }

  private void count(Counter counter) {
    counters.increment(counter);
    callsOfThread.get()[0]++;
  }

  private Reply<ByteBuffer> countBytes(Reply<ByteBuffer> reply) {
    count(Counter.STORAGE_READ);
    if (reply.ok()) {
      counters.add(Counter.STORAGE_READ_BYTES, reply.value().remaining());
    }
    return reply;
  }

  @Override
  public Reply<byte[]> readlink(RawPath path) {
    count(Counter.STORAGE_READLINK);
    return storage.readlink(path);
  }

  @Override
  public Reply<FileSystemStat> statfs(RawPath path) {
    count(Counter.STORAGE_STATFS);
    return storage.statfs(path);
  }
}
