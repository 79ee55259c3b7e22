package copper.fuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines as the kernel writes them (proc(5), fs/proc_namespace.c). */
class MountTableTest {
  private static Optional<String> typeAt(String mountinfo, String mountPoint) {
    return MountTable.typeAt(mountinfo, Path.of(mountPoint));
  }

  private static String line(String root, String mountPoint, String rest) {
    return "36 35 98:0 " + root + " " + mountPoint + " rw,noatime " + rest + "\n";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "- fuse.copper copper rw,user_id=0",
        "master:1 - fuse.copper copper rw",
        "shared:5 master:3 propagate_from:2 unbindable - fuse.copper copper rw",
        "shared:5 - fuse.copper  rw",
        "- fuse.copper",
      })
  void anyNumberOfOptionalFieldsStandsBeforeTheType(String rest) {
    assertEquals(Optional.of("fuse.copper"), typeAt(line("/", "/mnt", rest), "/mnt"));
  }

  @Test
  void onlyTheMountPointItselfCounts() {
    String table =
        line("/mnt", "/elsewhere", "- ext4 /dev/sda rw")
            + line("/", "/mnt/below", "- tmpfs /mnt rw")
            + line("/", "/mn", "- xfs /dev/sdb rw")
            + line("/", "/mntx", "- proc proc rw");
    assertEquals(Optional.empty(), typeAt(table, "/mnt"));
    assertEquals(Optional.of("tmpfs"), typeAt(table, "/mnt/below"));
    assertEquals(Optional.empty(), typeAt("", "/mnt"));
    assertEquals(Optional.empty(), typeAt("\n36 35\n\n", "/mnt"));
  }

  @Test
  void ofStackedMountsTheLastIsSeen() {
    String below = line("/", "/mnt", "shared:1 - ext4 /dev/sda rw");
    String above = line("/", "/mnt", "- fuse.copper copper rw");
    String other = line("/", "/other", "- tmpfs tmpfs rw");
    assertEquals(Optional.of("fuse.copper"), typeAt(below + above + other, "/mnt"));
    assertEquals(Optional.of("ext4"), typeAt(above + other + below, "/mnt"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\\040b=a b", "a\\011b=a\tb", "a\\012b=a\nb", "a\\134040b=a\\040b"})
  void escapedCharactersAreThePaths(String pair) {
    String escaped = pair.substring(0, pair.indexOf('='));
    String path = pair.substring(pair.indexOf('=') + 1);
    String table = line("/", "/mnt/" + escaped, "- fuse.copper copper rw");
    assertEquals(Optional.of("fuse.copper"), typeAt(table, "/mnt/" + path));
    assertEquals(Optional.empty(), typeAt(table, "/mnt/a"));
  }

  @Test
  void aCarriageReturnIsNotEscaped() {
    String table = line("/", "/mnt/a\rb", "- fuse.copper copper rw");
    assertEquals(Optional.of("fuse.copper"), typeAt(table, "/mnt/a\rb"));
  }

  @Test
  void otherBytesAreThemselves() {
    assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "paths are not UTF-8 here");
    // The bytes of e with an acute accent, one char each.
    String table = line("/", "/mnt/\u00c3\u00a9", "- fuse.copper copper rw");
    assertEquals(Optional.of("fuse.copper"), typeAt(table, "/mnt/\u00e9"));
  }

  @Test
  void readsTheTableOfThisProcess(@TempDir Path directory) throws IOException {
    assertEquals(Optional.of("proc"), MountTable.typeAt(Path.of("/proc")));
    assertEquals(Optional.empty(), MountTable.typeAt(directory));
    assertEquals(Optional.empty(), MountTable.typeAt(directory.resolve("missing/below")));
    assertEquals(true, MountTable.typeAt(Path.of("/")).isPresent());
  }

  @Test
  void symbolicLinksOnTheWayAreFollowed(@TempDir Path directory) throws IOException {
    Path root = Files.createSymbolicLink(directory.resolve("root"), Path.of("/"));
    assertEquals(Optional.of("proc"), MountTable.typeAt(root.resolve("proc")));
    Path gone = Files.createSymbolicLink(directory.resolve("gone"), Path.of("/missing"));
    assertEquals(Optional.empty(), MountTable.typeAt(gone.resolve("proc")));
  }
}
