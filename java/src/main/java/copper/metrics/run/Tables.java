package copper.metrics.run;

import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.OperationTotals;
import copper.metrics.PathStatistics;
import copper.metrics.PathTable;
import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.RawPath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * The text of C++ Copper's tables (src/metric, src/cache): headings, punctuation and order.
 *
 * <p>Where its order is that of a hash map, ours is that of the names.
 */
final class Tables {
  /** Its operations, by their index; each is in every table of operations, with ours after them. */
  private static final List<String> OPERATIONS =
      List.of(
          ("getattr ext_getattr readlink mknod mkdir unlink rmdir symlink rename link chmod chown"
                  + " truncate open read write statfs flush release fsync setxattr getxattr"
                  + " listxattr removexattr opendir readdir releasedir fsyncdir init destroy"
                  + " access create lock utimens bmap ioctl poll write_buf read_buf flock"
                  + " fallocate copy_file_range lseek size")
              .split(" "));

  private static final String RULE = "=============================================\n";

  private Tables() {}

  /** Writes {@code value} of every operation, highest first. */
  static void operations(
      StringBuilder out, String title, Counters counters, ToLongFunction<OperationTotals> value) {
    Map<String, Long> values = new HashMap<>();
    counters
        .totals()
        .forEach(
            (operation, totals) -> {
              if (operation.layer() == Operation.Layer.FUSE) {
                values.put(operation.name(), value.applyAsLong(totals));
              }
            });
    Comparator<String> byValue = Comparator.comparing(name -> values.getOrDefault(name, 0L));
    List<String> sorted = new ArrayList<>(OPERATIONS);
    values.keySet().stream()
        .filter(name -> !OPERATIONS.contains(name))
        .sorted()
        .forEach(sorted::add);
    sorted.sort(byValue.thenComparing(OPERATIONS::indexOf).reversed());
    out.append(title).append(" {\n");
    for (String name : sorted) {
      boolean last = name.equals(sorted.get(sorted.size() - 1));
      out.append(name).append(": ").append(values.getOrDefault(name, 0L));
      out.append(last ? "\n" : ",\n");
    }
    out.append("}\n");
  }

  /** Writes hits, misses and failures of each path. */
  static void events(StringBuilder out, String title, PathTable table) {
    out.append(title).append(" {\n");
    for (PathTable.Row row : table.top(Integer.MAX_VALUE)) {
      out.append(Text.of(row.path())).append(" {\n");
      out.append("cache hits: ").append(row.counts()[0]).append(",\n");
      out.append("cache misses: ").append(row.counts()[1]).append(",\n");
      out.append("neg: ").append(row.counts()[2]).append("\n}\n");
    }
    out.append("}\n");
  }

  /** Writes what became of each missing name. */
  static void missing(StringBuilder out, PathTable table) {
    out.append("Metadata ENOENT TTL Events {\n");
    for (PathTable.Row row : table.top(Integer.MAX_VALUE)) {
      out.append(Text.of(row.path())).append(" {\n");
      out.append("stores: ").append(row.counts()[0]).append(",\n");
      out.append("serves: ").append(row.counts()[1]).append(",\n");
      out.append("expires: ").append(row.counts()[2]).append(",\n");
      out.append("clears: ").append(row.counts()[3]).append("\n}\n");
    }
    out.append("}\n");
  }

  /** Writes the codes that were called on each path. */
  static void ioctls(StringBuilder out, List<PathStatistics.IoctlEvent> events) {
    Map<RawPath, List<Integer>> codes = new LinkedHashMap<>();
    events.forEach(
        event -> codes.computeIfAbsent(event.path(), path -> new ArrayList<>()).add(event.code()));
    out.append("Ioctl Events {\n");
    codes.forEach(
        (path, list) -> {
          out.append(Text.of(path)).append(" {\n");
          list.forEach(code -> out.append("cmd: ").append(code).append('\n'));
          out.append("}\n");
        });
    out.append("}\n");
  }

  /** Writes all that the caches hold, but for the data itself. */
  static void caches(StringBuilder out, CacheContents caches) {
    out.append("tree_cache_table {\n");
    directories(caches)
        .forEach(
            (path, listing) -> {
              out.append(Text.of(path)).append(" {\n");
              listing.entries().forEach(entry -> out.append(Text.of(entry.name())).append(",\n"));
              out.append("}\n");
            });
    out.append("}\ndata_cache_table {\n");
    files(caches)
        .forEach(
            (path, bytes) ->
                out.append(Text.of(path)).append(" {\ndata_size: ").append(bytes).append("\n}\n"));
    out.append("}\nmd_cache_table {\n");
    stats(caches)
        .forEach(
            (path, stat) -> {
              out.append(Text.of(path)).append(" {\n");
              stat(out, stat);
              out.append("\n}\n");
            });
    out.append("}\n");
  }

  private static void stat(StringBuilder out, FileStat stat) {
    out.append("stat {\n");
    field(out, "st_dev", stat.dev());
    field(out, "st_ino", stat.ino());
    field(out, "st_mode", stat.mode());
    field(out, "st_nlink", stat.nlink());
    field(out, "st_uid", stat.uid());
    field(out, "st_gid", stat.gid());
    field(out, "st_rdev", stat.rdev());
    field(out, "st_size", stat.size());
    field(out, "st_atime", stat.atimeSeconds());
    field(out, "st_mtime", stat.mtimeSeconds());
    field(out, "st_ctime", stat.ctimeSeconds());
    field(out, "st_blksize", stat.blksize());
    field(out, "st_blocks", stat.blocks());
    out.append('}');
  }

  private static void field(StringBuilder out, String name, long value) {
    out.append(name).append(": ").append(value).append(",\n");
  }

  /** Writes the size of each file that is kept, smallest first. */
  static void dataSizes(StringBuilder out, CacheContents caches) {
    Map<RawPath, Long> files = files(caches);
    files.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .forEach(entry -> size(out, entry.getKey(), entry.getValue()));
    totals(out, sum(files), files.size(), "files");
  }

  /** Writes the length of the names in each directory that is kept. */
  static void treeSizes(StringBuilder out, CacheContents caches) {
    Map<RawPath, Long> directories = new TreeMap<>();
    directories(caches)
        .forEach(
            (path, listing) ->
                directories.put(
                    path,
                    listing.entries().stream().mapToLong(entry -> entry.name().length).sum()));
    directories.forEach((path, bytes) -> size(out, path, bytes));
    totals(out, sum(directories), directories.size(), "entries");
  }

  /** Writes the size of each path's attributes. */
  static void metadataSizes(StringBuilder out, CacheContents caches) {
    Map<RawPath, FileStat> stats = stats(caches);
    out.append("each entry has ").append(FileStat.SIZE).append(" bytes\n");
    stats.keySet().forEach(path -> size(out, path, FileStat.SIZE));
    totals(out, (long) FileStat.SIZE * stats.size(), stats.size(), "entries");
  }

  private static void size(StringBuilder out, RawPath path, long bytes) {
    out.append(Text.of(path)).append(": ").append(bytes).append('\n');
  }

  private static void totals(StringBuilder out, long bytes, int count, String of) {
    out.append(RULE).append("Total bytes: ").append(bytes).append('\n');
    out.append("total number of ").append(of).append(": ").append(count).append('\n');
    out.append(RULE);
  }

  private static long sum(Map<RawPath, Long> sizes) {
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  private static Map<RawPath, Long> files(CacheContents caches) {
    Map<RawPath, Long> sorted = new TreeMap<>();
    caches.forEachFile((path, bytes) -> sorted.merge(path, bytes, Long::sum));
    return sorted;
  }

  private static Map<RawPath, DirectoryListing> directories(CacheContents caches) {
    Map<RawPath, DirectoryListing> sorted = new TreeMap<>();
    caches.forEachDirectory(sorted::put);
    return sorted;
  }

  private static Map<RawPath, FileStat> stats(CacheContents caches) {
    Map<RawPath, FileStat> sorted = new TreeMap<>();
    caches.forEachStat(sorted::put);
    return sorted;
  }
}
