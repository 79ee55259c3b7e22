package copper.metrics.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.metrics.Counter;
import copper.metrics.Counters;
import copper.metrics.Operation;
import copper.metrics.PathStatistics;
import copper.metrics.Requests;
import copper.model.DirectoryListing;
import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.model.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.logging.Filter;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files have the names and the form of C++ Copper's. */
class RunDirectoryTest {
  @TempDir Path directory;

  private final Counters counters = new Counters(() -> 0, Optional.of(new PathStatistics(5, true)));

  private static final class Caches implements CacheContents {
    @Override
    public void forEachFile(BiConsumer<RawPath, Long> visitor) {
      visitor.accept(RawPath.of("/b"), 7L);
      visitor.accept(RawPath.of("/a"), 100L);
      visitor.accept(RawPath.of("/a"), 11L);
    }

    @Override
    public void forEachDirectory(BiConsumer<RawPath, DirectoryListing> visitor) {
      visitor.accept(
          RawPath.of("/d"),
          new DirectoryListing(
              List.of(
                  new DirectoryListing.Entry("one".getBytes(StandardCharsets.UTF_8), 0),
                  new DirectoryListing.Entry("three".getBytes(StandardCharsets.UTF_8), 0))));
    }

    @Override
    public void forEachStat(BiConsumer<RawPath, FileStat> visitor) {
      visitor.accept(RawPath.of("/a"), FileStat.builder().size(111).ino(5).build());
    }
  }

  private RunDirectory files(Path where) {
    RunInfo info =
        new RunInfo(
            where, "host-7", 42, "addr", Optional.of("parent"), "/", Duration.ofMillis(100));
    return new RunDirectory(info, counters, new Caches());
  }

  private void ask(Operation operation, Counter counter, String path, int errno) {
    Reply<String> reply = errno == 0 ? Reply.of("x") : Reply.failure(errno);
    new Requests(counters, counter, operation)
        .measure(RawPath.of(path), () -> CompletableFuture.completedFuture(reply));
  }

  private String read(String name) throws IOException {
    return Files.readString(directory.resolve(name));
  }

  @Test
  void theProfileHasTheColumnsOfTheOriginal() throws IOException {
    ask(Operation.GETATTR, Counter.FUSE_GETATTR, "/a \"b\"", 0);
    ask(Operation.GETATTR, Counter.FUSE_GETATTR, "/c", Errno.ENOENT);
    ask(Operation.READ, Counter.FUSE_READ, "/a", 0);
    assertTrue(files(directory).writeProfile("pre-destroy"));
    String prefix = "profiling/pre-destroy/host-7-42-pre-destroy-profiling_";
    assertEquals(
        """
        operation,total_calls,cache_hits,cache_misses,negative_results,avg_latency_us,total_latency_s
        getattr,2,1,0,1,0.00,0.000000
        read,1,1,0,0,0.00,0.000000
        """,
        read(prefix + "operations.csv"));
    assertEquals(
        """
        category,path,total_events,cache_hits,cache_misses,negative_results,ttl_stores,ttl_serves,ttl_expires,ttl_clears
        metadata,"/a ""b""\",1,1,0,0,0,0,0,0
        metadata,"/c",1,0,0,1,0,0,0,0
        data,"/a",1,1,0,0,0,0,0,0
        metadata_ttl,"/c",1,0,0,0,0,1,0,0
        """,
        read(prefix + "top_paths.csv"));
    List<String> aggregate = read(prefix + "aggregate.csv").lines().toList();
    assertEquals(
        List.of(
            "metric,value",
            "total_counted_fuse_operations,3",
            "total_cache_hits,2",
            "total_cache_misses,0",
            "total_negative_results,1",
            "estimated_cache_served_operations_saved_by_copper,2",
            "metadata_enoent_ttl_stores,0",
            "metadata_enoent_ttl_serves,1",
            "metadata_enoent_ttl_expires,0",
            "metadata_enoent_ttl_clears_on_success_or_non_enoent,0",
            "estimated_repeated_metadata_lookups_avoided_by_ttl,1",
            "total_measured_latency_seconds,0.000000"),
        aggregate.subList(0, 12));
    assertTrue(aggregate.contains("data_cache_bytes,118"));
    assertTrue(read(prefix + "summary.md").startsWith("# Copper Profiling Summary\n"));
    assertEquals(
        """
        Metdata Cache Events {
        /a "b" {
        cache hits: 1,
        cache misses: 0,
        neg: 0
        }
        /c {
        cache hits: 0,
        cache misses: 0,
        neg: 1
        }
        }
        """,
        read("tables/pre-destroy/host-7-42-pre-destroy-md_table_cache_event.output"));
  }

  @Test
  void theLastProfileHasNoTagInItsNames() {
    assertTrue(files(directory).writeProfile(""));
    assertTrue(
        Files.exists(directory.resolve("profiling/final/host-7-42-profiling_operations.csv")));
  }

  @Test
  void everyTableIsWrittenOnDemand() throws IOException {
    ask(Operation.READDIR, Counter.FUSE_READDIR, "/d", 0);
    new Requests(counters, Counter.FUSE_IOCTL, Operation.IOCTL).noteIoctl(RawPath.of("/a"), 2000);
    assertTrue(files(directory).allMetrics());
    try (Stream<Path> files = Files.list(directory.resolve("tables/final"))) {
      assertEquals(
          List.of(
              "cache_tables",
              "data_cache_size",
              "data_table_cache_event",
              "ioctl_cache_event",
              "md_cache_size",
              "md_table_cache_event",
              "md_ttl_cache_event",
              "operation_cache_hit",
              "operation_cache_miss",
              "operation_cache_neg",
              "operation_count",
              "operation_time",
              "tree_cache_size",
              "tree_table_cache_event"),
          files
              .map(file -> file.getFileName().toString())
              .map(name -> name.replace("host-7-42-", "").replace(".output", ""))
              .sorted()
              .toList());
    }
    String prefix = "tables/final/host-7-42-";
    List<String> counts = read(prefix + "operation_count.output").lines().toList();
    assertEquals("Aggregate Operation Counter {", counts.get(0));
    assertEquals("readdir: 1,", counts.get(1));
    assertEquals(46, counts.size());
    assertEquals(
        """
        /b: 7
        /a: 111
        =============================================
        Total bytes: 118
        total number of files: 2
        =============================================
        """,
        read(prefix + "data_cache_size.output"));
    assertTrue(read(prefix + "tree_cache_size.output").startsWith("/d: 8\n====="));
    assertTrue(read(prefix + "md_cache_size.output").contains("Total bytes: 144\n"));
    assertEquals(
        "Ioctl Events {\n/a {\ncmd: 2000\n}\n}\n", read(prefix + "ioctl_cache_event.output"));
    assertTrue(read(prefix + "cache_tables.output").contains("/d {\none,\nthree,\n}\n"));
    assertTrue(Files.isDirectory(directory.resolve("profiling/ioctl-snapshot")));
  }

  /** A directory that is a file takes nothing, and says so once. */
  @Test
  void whatCannotBeWrittenIsOneWarning() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "x");
    RunDirectory files = files(file);
    List<String> messages = new ArrayList<>();
    Logger logger = Logger.getLogger(RunDirectory.class.getName());
    Filter filter =
        record -> {
          messages.add(record.getMessage());
          return false;
        };
    logger.setFilter(filter);
    try {
      assertFalse(files.writeProfile("x"));
      assertFalse(files.allMetrics());
    } finally {
      logger.setFilter(null);
    }
    assertEquals(1, messages.size());
    assertTrue(messages.get(0).startsWith("-log_output_dir: " + file), messages.get(0));
  }

  @Test
  void aNameThatIsNoTextIsShownByteByByte() {
    assertEquals("/caf\u00e9", Text.of(RawPath.of("/caf\u00e9")));
    assertEquals("/a\\x0ab", Text.of(RawPath.of("/a\nb")));
    assertEquals("/\\xff", Text.of(RawPath.of(new byte[] {'/', (byte) 0xff})));
  }
}
