package copper.simulate;

import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.trace.Operation;
import copper.trace.Trace;
import copper.trace.TraceEntry;
import copper.trace.TraceEntry.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A made-up folder of packages, and a program that reads all of it: each package's directory is
 * looked through, names are missing, files are small, long and very long.
 */
final class Folder implements Names {
  private static final int PACKAGES = 4;
  private static final int FILES = 12;
  private static final byte[] LINK = {'f', 'i', 'l', 'e', '0'};
  private static final int CHUNK = 128 << 10;

  private final Map<RawPath, FileStat> files = new TreeMap<>();
  private final List<TraceEntry> entries = new ArrayList<>();
  private long micros;

  Folder() {
    ask(Operation.STAT, RawPath.of("/lib"), Answer.of(directory()));
    for (int i = 0; i < PACKAGES; i++) {
      RawPath home = RawPath.of("/lib/package" + i);
      ask(Operation.STAT, home, Answer.of(directory()));
      ask(Operation.STAT, RawPath.of(home + "/missing"), Answer.failure(Errno.ENOENT));
      ask(Operation.LIST, home, Answer.of(FILES));
      for (int j = 0; j < FILES; j++) {
        // From a few bytes over those that come by themselves to those that come in chunks.
        readAll(RawPath.of(home + "/file" + j), 100L << j);
      }
      readAll(RawPath.of(home + "/library"), 3 << 20);
      addLink(RawPath.of(home + "/link"));
    }
  }

  private static FileStat directory() {
    return FileStat.builder().mode(FileStat.S_IFDIR | 0755).nlink(2).build();
  }

  private void readAll(RawPath path, long size) {
    FileStat stat =
        FileStat.builder()
            .mode(FileStat.S_IFREG | 0644)
            .size(size)
            .ino(files.size() + 1)
            .nlink(1)
            .build();
    files.put(path, stat);
    ask(Operation.STAT, path, Answer.of(stat));
    for (long at = 0; at < size; at += CHUNK) {
      int length = (int) Math.min(CHUNK, size - at);
      entries.add(
          new TraceEntry(micros, 10, Operation.READ, false, path, at, length, Answer.of(length)));
      micros += 50;
    }
  }

  private void addLink(RawPath path) {
    FileStat stat =
        FileStat.builder().mode(FileStat.S_IFLNK | 0777).size(LINK.length).nlink(1).build();
    files.put(path, stat);
    ask(Operation.STAT, path, Answer.of(stat));
    ask(Operation.LINK, path, Answer.of(LINK.length));
  }

  private void ask(Operation operation, RawPath path, Answer answer) {
    entries.add(new TraceEntry(micros, 10, operation, false, path, 0, 0, answer));
    micros += 50;
  }

  /** Returns what the program asks for. */
  Trace trace() {
    return new Trace(RawPath.of("/lib"), entries, true, 0);
  }

  /** Returns the bytes of all files. */
  long bytes() {
    return files.values().stream().filter(FileStat::isRegularFile).mapToLong(FileStat::size).sum();
  }

  @Override
  public Reply<FileStat> stat(RawPath path) {
    if (files.containsKey(path)) {
      return Reply.of(files.get(path));
    }
    return files.keySet().stream().anyMatch(file -> file.startsWith(path))
        ? Reply.of(directory())
        : Reply.failure(Errno.ENOENT);
  }

  @Override
  public Reply<DirectoryListing> list(RawPath path) {
    List<DirectoryListing.Entry> entries = new ArrayList<>();
    files.keySet().stream()
        .filter(file -> file.startsWith(path) && !file.equals(path))
        .map(file -> file.parent().equals(path) ? file : file.parent())
        .distinct()
        .forEach(
            child ->
                entries.add(new DirectoryListing.Entry(child.name(), stat(child).value().type())));
    return Reply.of(new DirectoryListing(entries));
  }

  @Override
  public Reply<byte[]> link(RawPath path) {
    return files.containsKey(path) && files.get(path).isSymbolicLink()
        ? Reply.of(LINK)
        : Reply.failure(Errno.EINVAL);
  }
}
