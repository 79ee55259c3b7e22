package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A directory of a hundred thousand names, listed with all there is to know of each. */
final class LargeDirectoryIT {
  private static final int FILES = 100_000;
  private static final int LINKS = 100;

  @Test
  void comesThroughTheTreeWholeAndIsReadFromStorageOnce() throws IOException {
    Machine.assumeFuse();
    try (Sandbox sandbox = new Sandbox()) {
      Path target = sandbox.newDirectory("target");
      Path large = Files.createDirectory(target.resolve("large"));
      for (int i = 0; i < FILES; i++) {
        Files.createFile(large.resolve("file-" + i));
      }
      for (int i = 0; i < LINKS; i++) {
        Files.createSymbolicLink(large.resolve("link-" + i), Path.of("to/" + i));
      }
      Tree tree = Tree.of(sandbox, "tree", 4, target);
      tree.each(node -> node.flag("-md_enoent_ttl_ms", "3600000")).start();
      String expected = listed(sandbox, large);
      assertEquals(expected, listed(sandbox, tree.node(3).at("large")));
      assertEquals(expected, listed(sandbox, tree.node(2).at("large")));
      Path missing = tree.node(3).at("large/missing");
      assertTrue(Files.notExists(missing));
      List<Map<String, Long>> counters = tree.nodes().stream().map(Node::stop).toList();
      assertCounts(counters);
    }
  }

  /** Everything of each name but the access time, sorted. */
  private static String listed(Sandbox sandbox, Path directory) {
    String format = "%f %y %m %n %U %G %s %i %T@ %C@ %l\\n";
    String out =
        sandbox
            .command("find", directory + "", "-mindepth", "1", "-printf", format)
            .run()
            .expectSuccess()
            .out();
    List<String> lines = out.lines().sorted().toList();
    assertEquals(FILES + LINKS, lines.size());
    return String.join("\n", lines);
  }

  private static void assertCounts(List<Map<String, Long>> counters) {
    Map<String, Long> root = counters.get(0);
    // The folder itself and its own entries are asked for too.
    long looks = root.get("storage_lstat");
    assertTrue(looks >= FILES + LINKS && looks < FILES + LINKS + 20, root::toString);
    assertEquals(LINKS, root.get("storage_readlink"), root::toString);
    Map<String, Long> leaf = counters.get(3);
    assertEquals(0, leaf.get("storage_lstat"), leaf::toString);
    assertEquals(0, leaf.get("storage_readlink"), leaf::toString);
    long parts = (FILES + LINKS) / 1024 + 1;
    assertTrue(leaf.get("rpc_sent") < parts + 20, leaf::toString);
  }
}
