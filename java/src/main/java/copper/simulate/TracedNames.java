package copper.simulate;

import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import copper.trace.Operation;
import copper.trace.Trace;
import copper.trace.TraceEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The names that a trace tells of, and no others: directories are shorter than they were where the
 * trace was recorded, since what nobody asked for is not in them.
 */
public final class TracedNames implements Names {
  private static final int DIRECTORY = FileStat.S_IFDIR | 0755;

  /** In the order of the paths, so that numbers and listings are the same every time. */
  private final TreeMap<RawPath, FileStat> stats = new TreeMap<>();

  private final Map<RawPath, Integer> errnos = new HashMap<>();
  private final Map<RawPath, Integer> links = new HashMap<>();
  private final Map<RawPath, TreeSet<RawPath>> below = new HashMap<>();

  /** Collects the names of {@code trace}. */
  public TracedNames(Trace trace) {
    for (TraceEntry entry : trace.entries()) {
      TraceEntry.Answer answer = entry.answer();
      if (entry.operation() == Operation.STAT && answer.errno() == 0) {
        add(entry.path(), answer.mode(), answer.size());
      } else if (entry.operation() == Operation.STAT) {
        errnos.putIfAbsent(entry.path(), answer.errno());
      } else if (entry.operation() == Operation.LINK && answer.errno() == 0) {
        links.put(entry.path(), (int) answer.size());
      }
    }
    addWhatWasListed(trace);
  }

  /** The kernel need not ask for attributes that came with a listing; the rest tells of them. */
  private void addWhatWasListed(Trace trace) {
    Map<RawPath, Long> lengths = new TreeMap<>();
    for (TraceEntry entry : trace.entries()) {
      if (entry.operation() == Operation.READ && entry.answer().errno() == 0) {
        lengths.merge(entry.path(), entry.offset() + entry.answer().size(), Math::max);
      }
    }
    lengths.keySet().removeAll(stats.keySet());
    lengths.forEach((path, length) -> add(path, FileStat.S_IFREG | 0644, length));
    links.forEach(
        (path, length) -> {
          if (!stats.containsKey(path)) {
            add(path, FileStat.S_IFLNK | 0777, length);
          }
        });
  }

  private void add(RawPath path, int mode, long size) {
    stats.put(path, stat(path, mode, size));
    for (RawPath at = path; !at.isRoot(); at = at.parent()) {
      below.computeIfAbsent(at.parent(), any -> new TreeSet<>()).add(at);
      stats.computeIfAbsent(at.parent(), parent -> stat(parent, DIRECTORY, 0));
    }
  }

  private static FileStat stat(RawPath path, int mode, long size) {
    return FileStat.builder()
        .mode(mode)
        .size(size)
        .nlink(1)
        .ino(path.hashCode() & 0xffffffffL)
        .build();
  }

  @Override
  public Reply<FileStat> stat(RawPath path) {
    FileStat stat = stats.get(path);
    return stat != null ? Reply.of(stat) : Reply.failure(errnos.getOrDefault(path, Errno.ENOENT));
  }

  @Override
  public Reply<DirectoryListing> list(RawPath path) {
    FileStat stat = stats.get(path);
    if (stat == null || !stat.isDirectory()) {
      return Reply.failure(stat == null ? Errno.ENOENT : Errno.ENOTDIR);
    }
    List<DirectoryListing.Entry> entries = new ArrayList<>();
    for (RawPath child : below.getOrDefault(path, new TreeSet<>())) {
      entries.add(new DirectoryListing.Entry(child.name(), stats.get(child).type()));
    }
    return Reply.of(new DirectoryListing(entries));
  }

  @Override
  public Reply<byte[]> link(RawPath path) {
    Integer length = links.get(path);
    if (length == null) {
      return Reply.failure(Errno.EINVAL);
    }
    // A target has no NUL; which one it is, nobody asks here.
    byte[] target = new byte[length];
    Arrays.fill(target, (byte) 'x');
    return Reply.of(target);
  }
}
