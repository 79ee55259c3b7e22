package copper.testing;

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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Files in memory under flat paths, with a list of what was asked. */
public final class MemoryStorage implements Storage {
  private final Map<RawPath, Integer> changes = new TreeMap<>();
  private final Map<RawPath, byte[]> files = new TreeMap<>();
  private final Map<RawPath, Long> lengths = new TreeMap<>();
  private final Set<RawPath> tooBig = new HashSet<>();
  private final List<String> asked = new ArrayList<>();

  /** Adds or replaces a file. */
  public MemoryStorage put(String path, byte[] content) {
    files.put(RawPath.of(path), content);
    changes.merge(RawPath.of(path), 1, Integer::sum);
    return this;
  }

  /** Removes a file, and the directories that have nothing else in them. */
  public void remove(String path) {
    files.remove(RawPath.of(path));
  }

  /** Makes a file's attributes tell a length that it has not. */
  public void claimLength(String path, long length) {
    lengths.put(RawPath.of(path), length);
  }

  /** Makes {@link #readFile} of a file fail with EFBIG. */
  public void refuseToReadWhole(String path) {
    tooBig.add(RawPath.of(path));
  }

  /** Returns "operation path" of every call so far. */
  public List<String> asked() {
    return asked;
  }

  private <T> Reply<T> missing(String operation, RawPath path) {
    asked.add(operation + " " + path);
    return files.containsKey(path) ? null : Reply.failure(Errno.ENOENT);
  }

  private boolean isDirectory(RawPath path) {
    return files.keySet().stream().anyMatch(file -> !file.equals(path) && file.startsWith(path));
  }

  @Override
  public Reply<FileStat> lstat(RawPath path) {
    if (isDirectory(path)) {
      asked.add("lstat " + path);
      return Reply.of(FileStat.builder().mode(FileStat.S_IFDIR | 0755).nlink(2).build());
    }
    Reply<FileStat> missing = missing("lstat", path);
    return missing != null ? missing : stat(path);
  }

  /** The time of change is the number of changes. */
  private Reply<FileStat> stat(RawPath path) {
    return Reply.of(
        FileStat.builder()
            .mode(FileStat.S_IFREG | 0644)
            .size(lengths.getOrDefault(path, (long) files.get(path).length))
            .mtime(changes.getOrDefault(path, 0), 0)
            .nlink(1)
            .build());
  }

  @Override
  public Reply<DirectoryListing> list(RawPath path) {
    asked.add("list " + path);
    Map<RawPath, Integer> below = new TreeMap<>();
    for (RawPath file : files.keySet()) {
      int type = FileStat.S_IFREG;
      for (RawPath at = file; !at.isRoot(); at = at.parent()) {
        if (at.parent().equals(path)) {
          below.put(at, type);
        }
        type = FileStat.S_IFDIR;
      }
    }
    List<DirectoryListing.Entry> entries = new ArrayList<>();
    below.forEach((at, type) -> entries.add(new DirectoryListing.Entry(at.name(), type)));
    return entries.isEmpty()
        ? Reply.failure(Errno.ENOTDIR)
        : Reply.of(new DirectoryListing(entries));
  }

  @Override
  public Reply<WholeFile> readFile(RawPath path, long limit) {
    Reply<WholeFile> missing = missing("readFile", path);
    if (tooBig.contains(path)) {
      return Reply.failure(Errno.EFBIG);
    }
    return missing != null
        ? missing
        : Reply.of(
            new WholeFile(ByteBuffer.wrap(files.get(path).clone()), stat(path).value().mtime()));
  }

  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length) {
    Reply<ByteBuffer> missing = missing("read", path);
    if (missing != null) {
      return missing;
    }
    byte[] file = files.get(path);
    int from = (int) Math.min(offset, file.length);
    return Reply.of(ByteBuffer.wrap(file, from, Math.min(length, file.length - from)).slice());
  }

  @Override
  public Reply<ByteBuffer> read(RawPath path, long offset, int length, FileVersion version) {
    Reply<FileStat> stat = files.containsKey(path) ? stat(path) : Reply.failure(Errno.ENOENT);
    return !stat.ok() || FileVersion.of(stat.value()).equals(version)
        ? read(path, offset, length)
        : Reply.failure(Errno.ESTALE);
  }

  @Override
  public Reply<byte[]> readlink(RawPath path) {
    asked.add("readlink " + path);
    return Reply.failure(Errno.EINVAL);
  }

  @Override
  public Reply<FileSystemStat> statfs(RawPath path) {
    asked.add("statfs " + path);
    return Reply.of(new FileSystemStat(4096, 4096, 100, 50, 40, 10, 5, 255));
  }
}
