package copper.simulate;

import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import copper.storage.Storage;
import java.nio.ByteBuffer;

/**
 * A file system of given names whose files hold zeros, with the speed of a {@link StorageModel}.
 */
final class ZeroStorage implements Storage {
  private static final int FIRST_ZEROS = 1 << 20;

  private final Names names;
  private final StorageModel model;
  private ByteBuffer zeros = ByteBuffer.allocateDirect(FIRST_ZEROS);

  ZeroStorage(Names names, StorageModel model) {
    this.names = names;
    this.model = model;
  }

  /** All files are parts of one buffer, as long as the longest one. */
  private ByteBuffer zeros(int length) {
    if (zeros.capacity() < length) {
      zeros = ByteBuffer.allocateDirect(length);
    }
    return zeros.slice(0, length);
  }

  private <T> Reply<T> after(long bytes, Reply<T> reply) {
    model.use(bytes);
    return reply;
  }

  private Reply<FileStat> regularFile(RawPath path) {
    Reply<FileStat> stat = names.stat(path);
    if (!stat.ok() || stat.value().isRegularFile()) {
      return stat;
    }
    return Reply.failure(stat.value().isDirectory() ? Errno.EISDIR : Errno.EINVAL);
  }

  @Override
  public Reply<FileStat> lstat(RawPath path) {
    return after(0, names.stat(path));
  }

  @Override
  public Reply<DirectoryListing> list(RawPath path) {
    return after(0, names.list(path));
  }

  @Override
  public Reply<WholeFile> readFile(RawPath path, long limit) {
    Reply<FileStat> stat = regularFile(path);
    if (!stat.ok()) {
      return after(0, Reply.failure(stat.errno()));
    }
    long size = stat.value().size();
    return size > limit
        ? after(0, Reply.failure(Errno.EFBIG))
        : read(path, 0, (int) size).map(data -> new WholeFile(data, stat.value().mtime()));
  }

  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length) {
    Reply<FileStat> stat = regularFile(path);
    if (!stat.ok()) {
      return after(0, Reply.failure(stat.errno()));
    }
    int there = (int) Math.max(0, Math.min(length, stat.value().size() - offset));
    return after(there, Reply.of(zeros(there)));
  }

  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length, FileVersion version) {
    Reply<FileStat> stat = regularFile(path);
    return !stat.ok() || FileVersion.of(stat.value()).equals(version)
        ? read(path, offset, length)
        : after(0, Reply.failure(Errno.ESTALE));
  }

  @Override
  public Reply<byte[]> readlink(RawPath path) {
    return after(0, names.link(path));
  }

  @Override
  public Reply<FileSystemStat> statfs(RawPath path) {
    return after(0, Reply.of(new FileSystemStat(4096, 4096, 1, 1, 1, 1, 1, 255)));
  }
}
