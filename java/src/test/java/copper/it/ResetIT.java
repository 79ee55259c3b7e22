package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What changed below a mount stays hidden until a reset (ioctl 1900), and is there after it.
 *
 * <p>The first half of each test matters as much as the second: without it a node that caches
 * nothing would pass.
 */
@ParameterizedClass(name = "{0}")
@EnumSource(MountedBy.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ResetIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Parameter MountedBy mountedBy;

  private final AtomicInteger cases = new AtomicInteger();
  private Sandbox sandbox;
  private Path target;
  private Node node;
  private Client client;

  @BeforeParameterizedClassInvocation
  void startNode() {
    Machine.assumeFuse();
    sandbox = new Sandbox(mountedBy);
    target = sandbox.newDirectory("target");
    sandbox.write("target/any", "any file\n");
    node = Node.single(sandbox, "node", target).flag("-md_enoent_ttl_ms", "3600000").start();
    client = new Client(sandbox);
  }

  @AfterParameterizedClassInvocation
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  /** A directory of the target for one test alone, and its view through the mount. */
  private record Case(Path below, Path seen) {
    Path write(String name, String text) throws IOException {
      Files.writeString(below.resolve(name), text);
      return seen.resolve(name);
    }

    void replace(String name, String text) throws IOException {
      Path other = Files.writeString(below.resolve(name + ".new"), text);
      Files.move(other, below.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private Case newCase() {
    String name = "case-" + cases.incrementAndGet();
    return new Case(sandbox.newDirectory("target/" + name), node.at(name));
  }

  private void reset() {
    assertEquals("0", client.reset(node.at("any")));
  }

  @Test
  void aChangedFile() throws IOException {
    Case in = newCase();
    Path file = in.write("file", "before\n");
    assertEquals("before\n", client.cat(file));
    String stat = client.lstat(file);
    in.write("file", "after, and longer\n");
    assertEquals("before\n", client.cat(file));
    assertEquals(stat, client.lstat(file));
    reset();
    assertEquals("after, and longer\n", client.cat(file));
    assertEquals(client.lstat(in.below().resolve("file")), client.lstat(file));
  }

  /** Of a large file only what is read is here, so a change is noticed without a reset. */
  @Test
  void aLargeFileThatChangesWhileItIsRead() throws IOException {
    Case in = newCase();
    Path file = in.write("large", "a".repeat(3 << 20));
    assertEquals("ok", client.ask("open", "large", file.toString(), "r"));
    assertEquals("a".repeat(100), client.ask("pread", "large", 100, 0));
    String after = "b".repeat(4 << 20);
    in.write("large", after);
    // The kernel is not to mix pages of before with others: it may have forgotten them by now.
    String onceMore = client.ask("pread", "large", 100, 5 << 19);
    assertTrue(Set.of("ESTALE", "b".repeat(100)).contains(onceMore), onceMore);
    assertTrue(Wait.until(PATIENCE, () -> client.cat(file).equals(after)), "still the old one");
    assertTrue(
        Wait.until(PATIENCE, () -> client.ask("pread", "large", 100, 0).equals("b".repeat(100))),
        () -> client.ask("pread", "large", 100, 0));
    assertEquals(client.lstat(in.below().resolve("large")), client.lstat(file));
    client.ask("close", "large");
  }

  @Test
  void aReplacedFileThatIsHeldOpen() throws IOException {
    Case in = newCase();
    Path file = in.write("file", "before\n");
    assertEquals("ok", client.ask("open", "held", file.toString(), "r"));
    assertEquals("before\n", client.ask("pread", "held", 100, 0));
    in.replace("file", "AFTER!\n");
    assertEquals("before\n", client.ask("pread", "held", 100, 0));
    assertEquals("before\n", client.cat(file));
    reset();
    assertEquals("AFTER!\n", client.cat(file));
    client.ask("close", "held");
  }

  @Test
  void aChangedFileThatIsHeldOpenAndMapped() throws IOException {
    Case in = newCase();
    Path file = in.write("file", "before\n");
    assertEquals("ok", client.ask("open", "held", file.toString(), "r"));
    assertEquals("ok", client.ask("map", "pages", "held", "r"));
    assertEquals("before\n", client.ask("mapped", "pages"));
    in.write("file", "AFTER!\n");
    assertEquals("before\n", client.ask("mapped", "pages"));
    reset();
    assertEquals("AFTER!\n", client.ask("mapped", "pages"));
    assertEquals("AFTER!\n", client.ask("pread", "held", 100, 0));
    client.ask("close", "pages");
    client.ask("close", "held");
  }

  @Test
  void aDeletedFile() throws IOException {
    Case in = newCase();
    Path file = in.write("file", "here\n");
    assertEquals("here\n", client.cat(file));
    Files.delete(in.below().resolve("file"));
    assertEquals("here\n", client.cat(file));
    reset();
    assertEquals("ENOENT", client.cat(file));
    assertEquals("[]", client.list(in.seen()));
  }

  @Test
  void aNewFile() throws IOException {
    Case in = newCase();
    assertEquals("ENOENT", client.lstat(in.seen().resolve("file")));
    Path file = in.write("file", "new\n");
    assertEquals("ENOENT", client.lstat(file));
    reset();
    assertEquals("new\n", client.cat(file));
  }

  @Test
  void aChangedDirectory() throws IOException {
    Case in = newCase();
    in.write("one", "1");
    in.write("two", "2");
    assertEquals("[\"one\",\"two\"]", client.list(in.seen()));
    assertEquals("ok", client.ask("open", "dir", in.seen().toString(), "d"));
    Files.delete(in.below().resolve("one"));
    in.write("three", "3");
    assertEquals("[\"one\",\"two\"]", client.list(in.seen()));
    reset();
    assertEquals("[\"three\",\"two\"]", client.list(in.seen()));
    assertEquals("[\"three\",\"two\"]", client.ask("list-opened", "dir"));
    client.ask("close", "dir");
  }

  /** Who has begun to read a directory sees it to the end as it was when he began. */
  @Test
  void aDirectoryThatIsBeingRead() throws IOException {
    Case in = newCase();
    for (int i = 0; i < 3000; i++) {
      in.write("name-" + i, "");
    }
    String before = client.ask("list", in.below().toString());
    assertEquals("ok", client.ask("scan", "scan", in.seen().toString()));
    for (int i = 0; i < 3000; i += 2) {
      Files.delete(in.below().resolve("name-" + i));
    }
    in.write("new", "");
    reset();
    String after = client.ask("list", in.below().toString());
    assertEquals(after, client.list(in.seen()));
    String seen = client.ask("scan-rest", "scan");
    assertTrue(seen.equals(before) || seen.equals(after), seen);
    assertEquals(after, client.list(in.seen()));
  }

  @Test
  void aHeldWorkingDirectory() throws IOException {
    Case in = newCase();
    in.write("file", "before\n");
    assertEquals("ok", client.ask("chdir", in.seen().toString()));
    assertEquals("before\n", client.ask("cat", "file"));
    assertEquals("ENOENT", client.ask("lstat", "new"));
    in.replace("file", "after\n");
    in.write("new", "new\n");
    reset();
    assertEquals("after\n", client.ask("cat", "file"));
    assertEquals("new\n", client.ask("cat", "new"));
    assertEquals("[\"file\",\"new\"]", client.list(Path.of(".")));
    assertEquals("ok", client.ask("chdir", "/"));
  }

  @Test
  void aFileThatBecameADirectoryAndTheOtherWay() throws IOException {
    Case in = newCase();
    Path first = in.write("first", "a file\n");
    Files.createDirectory(in.below().resolve("second"));
    in.write("second/in", "inside\n");
    assertEquals("a file\n", client.cat(first));
    assertEquals("inside\n", client.cat(in.seen().resolve("second/in")));
    Files.delete(in.below().resolve("first"));
    Files.delete(in.below().resolve("second/in"));
    Files.delete(in.below().resolve("second"));
    Files.createDirectory(in.below().resolve("first"));
    in.write("first/in", "inside the first\n");
    in.write("second", "a file now\n");
    reset();
    assertEquals("inside the first\n", client.cat(in.seen().resolve("first/in")));
    assertEquals("a file now\n", client.cat(in.seen().resolve("second")));
    assertEquals("ENOTDIR", client.cat(in.seen().resolve("second/in")));
  }

  /** It has not been listed, so a change is noticed without a reset. */
  @Test
  void aDirectoryThatBecameALink() throws IOException {
    Case in = newCase();
    Files.createDirectory(in.below().resolve("other"));
    in.write("other/there", "");
    Files.createDirectory(in.below().resolve("changed"));
    Path changed = in.seen().resolve("changed");
    assertEquals("ok", client.ask("chdir", changed.toString()));
    Files.delete(in.below().resolve("changed"));
    Files.createSymbolicLink(in.below().resolve("changed"), Path.of("other"));
    // The directory that is held is gone, whatever is there by its name.
    String held = client.list(Path.of("."));
    assertTrue(Set.of("ESTALE", "ENOTDIR").contains(held), held);
    assertTrue(
        Wait.until(PATIENCE, () -> client.list(changed).equals("[\"there\"]")),
        () -> client.list(changed));
    assertEquals("other", client.ask("readlink", changed.toString()));
    assertEquals("ok", client.ask("chdir", "/"));
  }

  @Test
  void aChangedLink() throws IOException {
    Case in = newCase();
    in.write("one", "1");
    in.write("two", "2");
    Path link = in.below().resolve("link");
    Files.createSymbolicLink(link, Path.of("one"));
    assertEquals("1", client.cat(in.seen().resolve("link")));
    Files.delete(link);
    Files.createSymbolicLink(link, Path.of("two"));
    assertEquals("1", client.cat(in.seen().resolve("link")));
    reset();
    assertEquals("two", client.ask("readlink", in.seen().resolve("link").toString()));
    assertEquals("2", client.cat(in.seen().resolve("link")));
  }

  @Test
  void aMissingNameAfterItsTime() throws IOException {
    Node quick = Node.single(sandbox, "quick", target).flag("-md_enoent_ttl_ms", "200").start();
    Case in = newCase();
    Path seen = quick.at(in.below().getFileName() + "/late");
    assertEquals("ENOENT", client.lstat(seen));
    in.write("late", "late\n");
    assertTrue(
        Wait.until(Command.DEADLINE, () -> client.cat(seen).equals("late\n")),
        "a name that was missing has appeared and is not seen");
    quick.stop();
  }

  @Test
  void aResetOnAFileOpenedForReadingOnly() throws IOException {
    Case in = newCase();
    Path file = in.write("file", "before\n");
    assertEquals("before\n", client.cat(file));
    in.write("file", "after\n");
    assertEquals("0", client.ask("ioctl", file.toString(), 1900, "r"));
    assertEquals("after\n", client.cat(file));
  }

  /** Readers that a reset takes by surprise see what is there, old or new, and nothing else. */
  @Test
  void resetsWhileReadersRead() throws IOException {
    Case in = newCase();
    for (int i = 0; i < 50; i++) {
      in.write("file-" + i, ("content " + i + "\n").repeat(1000 + i));
    }
    String top = in.seen().toString();
    String expected = client.ask("digest", in.below().toString(), List.of());
    List<Client> readers = Stream.generate(() -> new Client(sandbox)).limit(4).toList();
    for (int round = 0; round < 10; round++) {
      List<CompletableFuture<JsonNode>> answers =
          readers.stream().map(reader -> reader.send("digest", top, List.of())).toList();
      reset();
      reset();
      for (int i = 0; i < readers.size(); i++) {
        assertEquals(expected, readers.get(i).await(answers.get(i)).path("value").asText());
      }
    }
    readers.forEach(Client::close);
  }

  @Test
  void aTreeFromTheRootDown() throws IOException {
    Tree tree = Tree.of(sandbox, "tree", 4, target).start();
    Case in = newCase();
    in.write("file", "before\n");
    Path seen = tree.node(3).at(in.below().getFileName() + "/file");
    assertEquals("before\n", client.cat(seen));
    in.write("file", "after\n");
    for (int i : new int[] {0, 1, 3}) {
      assertEquals("0", client.reset(tree.node(i).at("any")));
    }
    assertEquals("after\n", client.cat(seen));
  }

  /**
   * A program that may write to a file maps it writable; nobody else must see what it does there.
   */
  @Test
  void whatIsWrittenToAMappingStaysWithTheWriter() throws IOException {
    Case in = newCase();
    Path file = in.write("file", "original\n");
    assertEquals("original\n", client.cat(file));
    assertEquals("ok", client.ask("open", "held", file.toString(), "rw"));
    boolean mapped = client.ask("map", "pages", "held", "rw").equals("ok");
    String written = mapped ? client.ask("write-mapped", "pages", "OVERWRIT") : "refused";
    try (Client other = new Client(sandbox)) {
      // The pages are dropped as soon as the kernel has heard that they cannot be written.
      assertTrue(
          Wait.until(PATIENCE, () -> other.cat(file).equals("original\n")),
          () -> "another reader sees them; msync said " + written);
    }
    assertNotEquals("ok", written);
    assertEquals("original\n", Files.readString(in.below().resolve("file")));
  }
}
