package copper.cache.spill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What killed nodes leave is taken away, and nothing else; SpillIT kills real ones. */
class SpillDirectoryTest {
  /** Above every process id that Linux gives (4194304 at most). */
  private static final String NOBODY = "99999999";

  @TempDir Path parent;

  private Path leave(String name) throws IOException {
    Path directory = Files.createDirectory(parent.resolve(name));
    Files.writeString(directory.resolve("lock"), "");
    Files.writeString(directory.resolve("data-0"), "left");
    return directory;
  }

  private List<Path> there() throws IOException {
    try (Stream<Path> files = Files.list(parent)) {
      return files.sorted().toList();
    }
  }

  @Test
  void onlyItsOwnerMayLook() throws IOException {
    try (SpillDirectory directory = SpillDirectory.open(parent, "host");
        FileChannel file = directory.create("data-0")) {
      assertTrue(file.isOpen());
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())));
      for (String name : List.of("data-0", "lock")) {
        assertEquals(
            "rw-------",
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.path().resolve(name))));
      }
      assertTrue(
          directory
              .path()
              .getFileName()
              .toString()
              .startsWith("copper-host-" + ProcessHandle.current().pid() + "-"));
    }
    assertEquals(List.of(), there());
  }

  @Test
  void whatTheDeadLeftGoesAndWhatOthersHaveStays() throws IOException {
    Path dead = leave("copper-host-" + NOBODY + "-1");
    Path half = Files.createDirectory(parent.resolve(".copper-new-host-" + NOBODY + "-2"));
    List<Path> stay =
        List.of(
            leave("copper-other-" + NOBODY + "-3"),
            leave("copper-host-" + NOBODY),
            leave("something else"));
    try (SpillDirectory living = SpillDirectory.open(parent, "host");
        SpillDirectory next = SpillDirectory.open(parent, "host")) {
      assertTrue(Files.exists(living.path().resolve("lock")));
      assertTrue(Files.exists(next.path()));
      assertFalse(Files.exists(dead));
      assertFalse(Files.exists(half));
    }
    assertEquals(stay.stream().sorted().toList(), there());
  }

  @Test
  void aLinkIsNotFollowed() throws IOException {
    Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("lock"), "");
    Path spill = Files.createDirectory(parent.resolve("spill"));
    Files.createSymbolicLink(spill.resolve("copper-host-" + NOBODY + "-1"), elsewhere);
    SpillDirectory.open(spill, "host").close();
    assertTrue(Files.exists(elsewhere.resolve("lock")));
  }

  @Test
  void oddHostNamesMakeGoodFileNames() throws IOException {
    try (SpillDirectory directory = SpillDirectory.open(parent.resolve("made"), "a/../b c")) {
      assertEquals(parent.resolve("made"), directory.path().getParent());
    }
  }
}
