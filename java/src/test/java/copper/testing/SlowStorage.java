package copper.testing;

import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import copper.storage.PosixStorage;
import copper.storage.Storage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Storage that takes its time over each call, and does not answer for names that begin with "stuck"
 * until it is released.
 */
public final class SlowStorage implements Storage {
  private final Storage storage = new PosixStorage();
  private final long milliseconds;
  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicInteger stuck = new AtomicInteger();

  /** Makes storage that waits so long before each call. */
  public SlowStorage(long milliseconds) {
    this.milliseconds = milliseconds;
  }

  /** Returns how many calls were made that do not come back yet. */
  public int stuck() {
    return stuck.get();
  }

  /** Lets every call come back, now and later. */
  public void release() {
    released.countDown();
  }

  @SuppressWarnings("ThreadSleep")
  private void wait(RawPath path) {
    try {
      Thread.sleep(milliseconds);
      if (new String(path.name(), StandardCharsets.ISO_8859_1).startsWith("stuck")) {
        stuck.incrementAndGet();
        released.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Reply<FileStat> lstat(RawPath path) {
    wait(path);
    return storage.lstat(path);
  }

  @Override
  public Reply<DirectoryListing> list(RawPath path) {
    wait(path);
    return storage.list(path);
  }

  @Override
  public Reply<WholeFile> readFile(RawPath path, long limit) {
    wait(path);
    return storage.readFile(path, limit);
  }

  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length) {
    wait(path);
    return storage.read(path, offset, length);
  }

  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length, FileVersion version) {
    wait(path);
    return storage.read(path, offset, length, version);
  }

  @Override
  public Reply<byte[]> readlink(RawPath path) {
    wait(path);
    return storage.readlink(path);
  }

  @Override
  public Reply<FileSystemStat> statfs(RawPath path) {
    return storage.statfs(path);
  }
}
