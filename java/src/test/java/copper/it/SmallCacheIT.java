package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes that may keep much less than what several processes read through them. */
final class SmallCacheIT {
  private static final int READERS = 6;
  private static final int ROUNDS = 60;

  private Sandbox sandbox;
  private Path target;
  private Path spill;

  @BeforeEach
  void makeFiles() throws IOException {
    Machine.assumeFuse();
    sandbox = new Sandbox();
    target = sandbox.newDirectory("target");
    spill = sandbox.newDirectory("spill");
    Random random = new Random(8);
    write("small", 60, 40_000, random);
    write("whole", 20, 700_000, random);
    // Each larger than all that a node may keep.
    write("large", 2, 9_000_000, random);
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private void write(String directory, int count, int length, Random random) throws IOException {
    Path folder = Files.createDirectory(target.resolve(directory));
    for (int i = 0; i < count; i++) {
      byte[] data = new byte[length / 2 + random.nextInt(length)];
      random.nextBytes(data);
      Files.write(folder.resolve("f" + i), data);
    }
  }

  private Tree start() {
    return Tree.of(sandbox, "tree", 3, target)
        .each(
            node ->
                node.flag("-max_cache_bytes", "4m")
                    .flag("-log_level", "4")
                    .flag("-log_type", "file"))
        .start();
  }

  private Tree startSpilling(String most) {
    return Tree.of(sandbox, "tree", 3, target)
        .each(
            node ->
                node.flag("-max_cache_bytes", "4m")
                    .flag("-cache_dir", spill.toString())
                    .flag("-max_spill_bytes", most)
                    .flag("-log_level", "4")
                    .flag("-log_type", "file"))
        .start();
  }

  /** Several processes read at random, at all nodes, and must see what is there. */
  private void churn(Tree tree, Runnable meanwhile) {
    List<Client> clients = new ArrayList<>();
    List<CompletableFuture<JsonNode>> answers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      clients.add(new Client(sandbox));
      String top = tree.node(i % tree.nodes().size()).mount().toString();
      answers.add(clients.get(i).send("churn", top, target.toString(), i, ROUNDS));
    }
    while (!answers.stream().allMatch(CompletableFuture::isDone)) {
      meanwhile.run();
      Wait.until(
          Duration.ofMillis(100), () -> answers.stream().allMatch(CompletableFuture::isDone));
    }
    for (int i = 0; i < READERS; i++) {
      JsonNode answer = clients.get(i).await(answers.get(i));
      assertEquals("{\"value\":0}", answer.toString(), "files that were read wrong");
      clients.get(i).close();
    }
  }

  private List<Path> spilled(String pattern) throws IOException {
    try (Stream<Path> files = Files.walk(spill)) {
      return files.filter(file -> file.getFileName().toString().matches(pattern)).toList();
    } catch (UncheckedIOException e) {
      // Something went while we looked.
      return List.of();
    }
  }

  @Test
  void whatDoesNotFitIsReadRightAllTheSame() {
    Tree tree = start();
    churn(tree, () -> {});
    assertTrue(tree.root().log().contains("at most 4096 KiB are kept in memory"), tree.root()::log);
    List<Map<String, Long>> counters = tree.nodes().stream().map(Node::stop).toList();
    long all = 34_000_000;
    assertTrue(counters.get(0).get("storage_read_bytes") > all, "nothing was dropped: " + counters);
    assertEquals(0, counters.get(1).get("storage_read"), "a child read storage");
  }

  @Test
  void whatWasDroppedComesBackFromTheSpillDirectory() throws IOException {
    Tree tree = startSpilling("64m");
    churn(tree, () -> {});
    List<Path> directories = spilled("copper-.*");
    assertEquals(3, directories.size());
    for (Path directory : directories) {
      assertEquals(
          "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
    }
    for (Path file : spilled("data-.*")) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
    for (Node node : tree.nodes()) {
      Map<String, Long> counters = node.stop();
      assertTrue(counters.get("spill_written_bytes") > 0, counters::toString);
      assertTrue(counters.get("spill_read_bytes") > 0, counters::toString);
      assertEquals(0, counters.get("spill_damaged"), counters::toString);
    }
    assertEquals(List.of(), spilled("copper-.*"), "left behind");
  }

  @Test
  void whatIsDamagedInTheSpillDirectoryIsFetchedAnew() {
    Tree tree = startSpilling("64m");
    Random random = new Random(9);
    churn(tree, () -> damage(random));
    long damaged = 0;
    for (Node node : tree.nodes()) {
      damaged += node.stop().get("spill_damaged");
    }
    assertTrue(damaged > 0, "no record was damaged");
  }

  private void damage(Random random) {
    try {
      for (Path file : spilled("data-.*")) {
        try (RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw")) {
          for (long at = random.nextInt(50_000); at < data.length(); at += random.nextInt(50_000)) {
            data.seek(at);
            data.write(random.nextInt());
          }
        } catch (FileNotFoundException | NoSuchFileException e) {
          // It went while we looked.
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aSpillDirectoryThatIsFullIsDoneWithout() {
    Machine.assumeRoot();
    sandbox
        .command("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", spill.toString())
        .run()
        .expectSuccess();
    try {
      Tree tree = startSpilling("1g");
      churn(tree, () -> {});
      String log = tree.root().log();
      assertEquals(1, log.lines().filter(line -> line.contains("nothing is spilled")).count(), log);
      tree.nodes().forEach(Node::stop);
    } finally {
      Sandbox.unmount(spill);
    }
  }

  @Test
  void whatAKilledNodeLeftIsRemovedAtTheNextStart() throws IOException {
    Tree tree = startSpilling("64m");
    churn(tree, () -> {});
    Node killed = tree.node(2);
    List<Path> before = spilled("copper-.*");
    killed.kill();
    assertEquals(before, spilled("copper-.*"), "killed nodes leave their directory");
    Node next = killed.start();
    List<Path> after = spilled("copper-.*");
    assertEquals(3, after.size(), after::toString);
    List<Path> gone = before.stream().filter(each -> !after.contains(each)).toList();
    assertEquals(1, gone.size(), "the others' nodes live: " + before + after);
    assertFalse(Files.exists(gone.get(0)));
    next.stop();
  }

  @Test
  void aSpillDirectoryThatCannotBeMadeIsAnError() {
    Path file = sandbox.write("file", "not a directory");
    Command.Result result =
        Node.single(sandbox, "node", target).flag("-cache_dir", file.toString()).command().run();
    assertEquals(1, result.err().lines().count(), result::err);
    assertTrue(result.err().contains("-cache_dir " + file), result::err);
  }
}
