package copper.it;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Many processes that want the same cold files at once cost storage one request each. */
@ParameterizedClass(name = "{0}")
@EnumSource(names = {"KERNEL", "JNR"})
final class ColdStormIT {
  @Parameter MountedBy mountedBy;

  private static final int READERS = 32;
  private static final int DIRECTORIES = 6;
  private static final int FILES = 10;
  private static final List<String> MISSING = List.of("missing-0", "missing-1", "d0/missing-2");

  @Test
  void storageIsAskedOnceForEverything() throws IOException {
    Machine.assumeFuse();
    try (Sandbox sandbox = new Sandbox(mountedBy)) {
      Path target = sandbox.newDirectory("target");
      fill(target);
      Tree tree = Tree.of(sandbox, "tree", 7, target);
      // Missing names stay missing for the whole test, however slow the machine is.
      tree.each(node -> node.flag("-md_enoent_ttl_ms", "3600000")).start();
      storm(sandbox, tree, target);
      List<Map<String, Long>> counters = tree.nodes().stream().map(Node::stop).toList();
      assertStorageAskedOnce(counters.get(0));
      assertAll(counters.stream().skip(1).map(counts -> () -> assertNoStorage(counts)));
    }
  }

  private static void fill(Path target) throws IOException {
    Random random = new Random(32);
    for (int d = 0; d < DIRECTORIES; d++) {
      Path directory = Files.createDirectory(target.resolve("d" + d));
      for (int f = 0; f < FILES; f++) {
        byte[] data = new byte[7001 * (f + 1) + d];
        random.nextBytes(data);
        Files.write(directory.resolve("f" + f), data);
      }
      Files.createSymbolicLink(directory.resolve("link"), Path.of("f0"));
    }
  }

  /** All readers start together and must all see what is there. */
  private static void storm(Sandbox sandbox, Tree tree, Path target) {
    List<Node> leaves = tree.leaves();
    List<Client> clients = IntStream.range(0, READERS).mapToObj(i -> new Client(sandbox)).toList();
    clients.forEach(client -> assertEquals("pong", client.ask("ping")));
    List<CompletableFuture<JsonNode>> answers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      String top = leaves.get(i % leaves.size()).mount().toString();
      answers.add(clients.get(i).send("digest", top, MISSING));
    }
    String expected = clients.get(0).await(answers.get(0)).path("value").asText();
    for (int i = 1; i < READERS; i++) {
      assertEquals(expected, clients.get(i).await(answers.get(i)).path("value").asText());
    }
    assertEquals(expected, clients.get(0).ask("digest", target.toString(), MISSING));
    clients.forEach(Client::close);
  }

  private static void assertStorageAskedOnce(Map<String, Long> root) {
    int files = DIRECTORIES * FILES;
    int directories = DIRECTORIES + 1;
    int links = DIRECTORIES;
    int there = files + directories + links;
    long looks = root.get("storage_lstat");
    assertAll(
        root.toString(),
        () -> assertEquals(files, root.get("storage_read"), "storage_read"),
        () -> assertEquals(directories, root.get("storage_list"), "storage_list"),
        () -> assertEquals(links, root.get("storage_readlink"), "storage_readlink"),
        // That a name is missing may be known from its directory's listing.
        () -> assertTrue(there <= looks && looks <= there + MISSING.size(), "storage_lstat"));
  }

  private static void assertNoStorage(Map<String, Long> counts) {
    for (String name : List.of("lstat", "list", "read", "readlink")) {
      assertEquals(0, counts.get("storage_" + name), () -> "storage_" + name + " in " + counts);
    }
  }
}
