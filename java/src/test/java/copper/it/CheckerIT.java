package copper.it;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The tools of these tests, tested without a node: they must see what is wrong. */
final class CheckerIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Test
  void theCheckerSeesEveryKindOfDifference() throws IOException {
    try (Sandbox sandbox = new Sandbox()) {
      Path one = sandbox.newDirectory("one");
      Path two = sandbox.path("two");
      sandbox
          .python("make_tree.py", one.toString(), "1048576", "--entries", "100")
          .run()
          .expectSuccess();
      sandbox.command("cp", "-a", one.toString(), two.toString()).run().expectSuccess();
      Files.writeString(two.resolve("sizes/511"), "x".repeat(511));
      Files.delete(two.resolve("names/case"));
      Files.writeString(two.resolve("names/too many"), "");
      Files.delete(two.resolve("links/to-file"));
      Files.createSymbolicLink(two.resolve("links/to-file"), Path.of("elsewhere"));
      Files.setLastModifiedTime(two.resolve("times/file-odd"), FileTime.fromMillis(0));
      Files.delete(two.resolve("special/fifo"));
      Files.writeString(two.resolve("special/fifo"), "");
      Command.Result result =
          sandbox.python("compare.py", one.toString(), two.toString(), "--lines", "10000").run();
      assertEquals(1, result.exit(), result::err);
      Stream<String> wanted =
          Stream.of(
              "'sizes/511': read to the end",
              "'sizes/511': mmap shared",
              "'names': names missing: storage [], mount [b'case']",
              "'names': names too many: storage [], mount [b'too many']",
              "'links/to-file': readlink",
              "'times/file-odd': lstat: storage {'st_mtime_ns': 1111111111222222222",
              "'special/fifo': d_type",
              "'not-yet': mkdir: storage 'EROFS'");
      assertAll(
          result.out(),
          wanted.map(text -> (Executable) () -> assertTrue(result.out().contains(text), text)));
    }
  }

  @Test
  void theCheckerTakesADirectoryForItself() {
    try (Sandbox sandbox = new Sandbox()) {
      Path one = sandbox.newDirectory("one");
      sandbox
          .python("make_tree.py", one.toString(), "1048576", "--entries", "100")
          .run()
          .expectSuccess();
      String directory = one.toString();
      sandbox.python("compare.py", directory, directory, "--look-only").run().expectSuccess();
    }
  }

  @Test
  void theSandboxEndsAndReportsWhatIsLeft() {
    Sandbox sandbox = new Sandbox();
    Path directory = sandbox.newDirectory("target");
    String script = "(sleep 600; : " + directory + ") < /dev/null > /dev/null 2>&1 &";
    sandbox.command("/bin/sh", "-c", script).run().expectSuccess();
    List<Long> left = Processes.naming(directory.toString());
    assertFalse(left.isEmpty());
    AssertionError error = assertThrows(AssertionError.class, sandbox::close);
    assertTrue(error.getMessage().contains("process " + left.get(0)), error::getMessage);
    assertTrue(Wait.until(PATIENCE, () -> left.stream().noneMatch(Processes::isAlive)));
    assertFalse(Files.exists(sandbox.directory()));
  }

  @Test
  void theSandboxUnmountsAndReportsWhatIsMounted() {
    Machine.assumeRoot();
    Sandbox sandbox = new Sandbox();
    String point = sandbox.newDirectory("a mount").toString();
    sandbox.command("mount", "-t", "tmpfs", "none", point).run().expectSuccess();
    AssertionError error = assertThrows(AssertionError.class, sandbox::close);
    assertTrue(error.getMessage().contains("a mount: " + point), error::getMessage);
    assertFalse(Processes.isMounted(Path.of(point)));
    assertFalse(Files.exists(sandbox.directory()));
  }

  @Test
  void aCommandThatHangsIsKilled() {
    try (Sandbox sandbox = new Sandbox()) {
      Command command = sandbox.command("sleep", "600").within(Duration.ofMillis(100));
      AssertionError error = assertThrows(AssertionError.class, command::run);
      assertTrue(error.getMessage().contains("has not ended"), error::getMessage);
    }
  }
}
