package copper.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of many nodes' files. */
class ClusterReportTest {
  private static final String HOSTILE = "/x/</script><script>alert(1)</script>.py";

  @TempDir Path run;

  private Path cluster(String name) {
    return run.resolve("profiling/cluster/cluster-profiling" + name);
  }

  private void write(String name, String text) throws IOException {
    Path file = run.resolve("profiling").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** Writes the profile of node {@code i} of a tree in which its parent is {@code parent}. */
  private void node(int i, int parent, String tag) throws IOException {
    String prefix = tag + "/host-" + i + "-" + (100 + i) + "-";
    prefix += tag.equals("final") ? "" : tag + "-";
    write(
        prefix + "profiling_node.csv",
        "key,value\nhost,host-"
            + i
            + "\naddress,addr"
            + i
            + "\nparent,"
            + (parent < 0 ? "" : "addr" + parent)
            + "\n");
    write(
        prefix + "profiling_aggregate.csv",
        "metric,value\ntotal_cache_hits,10\nstorage_lstat," + (parent < 0 ? 5 : 0) + "\nt,0.25\n");
    write(
        prefix + "profiling_operations.csv",
        """
        operation,total_calls,cache_hits,cache_misses,negative_results,avg_latency_us,total_latency_s
        getattr,16,10,4,2,2.00,0.000032
        """);
    write(
        prefix + "profiling_latency.csv",
        """
        layer,operation,calls,total_us,max_us,histogram_ns
        fuse,getattr,16,32.00,9.00,1000:15 9000:1
        """);
    write(
        prefix + "profiling_top_paths.csv",
        "category,path,total_events,cache_hits,cache_misses,negative_results,ttl_stores,"
            + "ttl_serves,ttl_expires,ttl_clears\n"
            + "metadata,\""
            + HOSTILE
            + "\",3,3,0,0,0,0,0,0\n"
            + "data,\"/env/lib/libgood.so\",3,3,0,0,0,0,0,0\n"
            + "metadata_ttl,\"/env/lib/libbad.so\",2,0,0,0,1,1,0,0\n"
            + "metadata_ttl,\"/stale/lib/libbad.so\",5,0,0,0,1,4,0,0\n"
            + "metadata_ttl,\"/env/package/__init__.abi3.so\",1,0,0,0,1,0,0,0\n"
            + "metadata_ttl,\"/env/lib/python3.11/json/x.abi3.so\",1,0,0,0,1,0,0,0\n");
    write(
        "series/host-" + i + "-" + (100 + i) + "-profiling_series.csv",
        "time_ms,fuse_calls,fuse_from_cache,fuse_missed,storage_calls,rpc_asked\n"
            + "1000,0,0,0,0,0\n3000,16,12,4,"
            + (parent < 0 ? "5,0" : "0,5")
            + "\n4000,16,12,4,"
            + (parent < 0 ? "5,0" : "0,5")
            + "\n50");
  }

  private void tree(int size) throws IOException {
    List<String> book = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      node(i, i == 0 ? -1 : (i - 1) / 2, i == 2 ? "pre-destroy" : "final");
      book.add("host-" + i + " addr" + i);
    }
    Files.createDirectories(run.resolve("logs"));
    Files.write(run.resolve("logs/copper_address_book.txt"), book);
  }

  private JsonNode data() throws IOException {
    Matcher script =
        Pattern.compile("<script id=\"data\" type=\"application/json\">(.*?)</script>")
            .matcher(Files.readString(cluster(".html")));
    assertTrue(script.find());
    return new ObjectMapper().readTree(script.group(1));
  }

  @Test
  void sumsAreThoseOfAllNodes() throws IOException {
    tree(3);
    assertEquals(3, ClusterReport.write(run).nodes());
    assertEquals(
        """
        operation,total_calls,cache_hits,cache_misses,negative_results,avg_latency_us,total_latency_s
        getattr,48,30,12,6,2.00,0.000096
        """,
        Files.readString(cluster("_operations.csv")));
    assertEquals(
        """
        metric,value
        ranks_with_aggregate_files,3
        storage_lstat,5
        t,0.750000
        total_cache_hits,30
        """,
        Files.readString(cluster("_aggregate.csv")));
    String summary = Files.readString(cluster("_summary.md"));
    assertTrue(summary.contains("| `missing_shared_library_probe` | 12 | 27 |"), summary);
    assertTrue(summary.contains("LD_LIBRARY_PATH, `/stale/lib`: 15 lookups"), summary);
  }

  @Test
  void thePageTellsWhoAnsweredAndWhoseParentEachNodeIs() throws IOException {
    tree(5);
    ClusterReport.write(run);
    JsonNode data = data();
    assertEquals(5, data.at("/tree").size());
    assertEquals(-1, data.at("/tree/0/parent").asInt());
    assertEquals(1, data.at("/tree/4/parent").asInt());
    assertEquals(1, data.at("/totals/early").asInt());
    double answered = 0;
    for (String who : List.of("cache", "parent", "storage")) {
      for (JsonNode rate : data.at("/time/" + who)) {
        answered += rate.asDouble() * data.at("/time/seconds").asDouble();
      }
    }
    assertEquals(5 * 16, answered, 0.1);
    assertEquals(5, data.at("/time/storage_calls/0").asDouble() * 2, 0.1);
    assertEquals("LD_LIBRARY_PATH", data.at("/advice/0/variable").asText());
    assertEquals("/stale/lib", data.at("/advice/0/directory").asText());
    assertFalse(data.at("/advice/0/found").asBoolean());
    assertTrue(data.at("/advice/1/found").asBoolean());
    // Python looks for such names within packages, which no variable names.
    assertEquals("/env/lib/python3.11/json", data.at("/advice/2/directory").asText());
    assertTrue(data.at("/advice/2/found").asBoolean());
    assertEquals(3, data.at("/advice").size(), data.at("/advice").toString());
  }

  @Test
  void aNodeWithoutAProfileIsInTheTree() throws IOException {
    tree(7);
    for (int i : new int[] {0, 5}) {
      Files.delete(
          run.resolve("profiling/final/host-" + i + "-" + (100 + i) + "-profiling_aggregate.csv"));
    }
    assertEquals(5, ClusterReport.write(run).nodes());
    JsonNode tree = data().at("/tree");
    assertEquals(7, tree.size());
    assertEquals(
        List.of(-1, 0, 0, 1, 1, 2, 2),
        IntStream.range(0, 7).mapToObj(i -> tree.at("/" + i + "/parent").asInt()).toList());
    assertTrue(tree.at("/5/name").isMissingNode());
  }

  /** The page may be opened anywhere: it loads nothing, and no name in it is taken for a tag. */
  @Test
  void thePageIsWholeAndNamesAreText() throws IOException {
    tree(1);
    ClusterReport.write(run);
    String page = Files.readString(cluster(".html"));
    assertFalse(page.contains("<script>alert"));
    assertFalse(page.contains("alert(1)</script>"));
    assertTrue(data().at("/classes").findValuesAsText("name").contains("environment_prefix"));
    assertTrue(page.contains("default-src 'none'"));
    Matcher load =
        Pattern.compile("(?i)(?:\\ssrc\\s*=|<link|@import|url\\(|\\bimport\\s*\\(|fetch\\s*\\()")
            .matcher(page);
    assertFalse(load.find(), () -> "the page loads something: " + load.group());
    assertTrue(page.contains("MIT License"), "uPlot's license");
    assertFalse(page.contains("{{"));
  }

  @Test
  void theSameFilesGiveTheSameReport() throws IOException {
    tree(3);
    ClusterReport.write(run);
    byte[] first = Files.readAllBytes(cluster(".html"));
    ClusterReport.write(run);
    assertArrayEquals(first, Files.readAllBytes(cluster(".html")));
  }

  @Test
  void aRunWithoutProfilesIsAnErrorThatSaysWhatToDo() {
    IOException e = assertThrows(IOException.class, () -> ClusterReport.write(run));
    assertTrue(e.getMessage().contains("-profile_metrics"), e.getMessage());
  }

  @Test
  void aFileThatIsNotWhatItsNameSaysIsNamed() throws IOException {
    tree(1);
    write("final/host-0-100-profiling_operations.csv", "operation,total_calls\ngetattr,many\n");
    IOException e = assertThrows(IOException.class, () -> ClusterReport.write(run));
    assertTrue(e.getMessage().contains("host-0-100-profiling_operations.csv"), e.getMessage());
  }
}
