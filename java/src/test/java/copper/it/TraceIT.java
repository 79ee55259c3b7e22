package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import copper.model.Errno;
import copper.model.FileStat;
import copper.model.RawPath;
import copper.trace.Operation;
import copper.trace.Trace;
import copper.trace.TraceEntry;
import copper.trace.TraceReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code -record_trace} writes down, whatever mounts, and what is left of it after a kill. */
final class TraceIT {
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

  private Sandbox sandbox;
  private RawPath target;
  private Path traces;

  @BeforeEach
  void assumeFuse() {
    Machine.assumeFuse();
  }

  @AfterEach
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private Node node(MountedBy mountedBy) throws IOException {
    sandbox = new Sandbox(mountedBy);
    traces = sandbox.newDirectory("traces");
    target = RawPath.of(sandbox.newDirectory("target").toString());
    sandbox.write("target/folder/file", "content");
    Files.createSymbolicLink(sandbox.path("target/link"), Path.of("folder"));
    return Node.single(sandbox, "node", sandbox.path("target"))
        .flag("-record_trace", traces.resolve("%h.gz").toString())
        .start();
  }

  private void use(Node node) {
    sandbox.command("cat", node.at("link/file") + "").run().expectSuccess();
    sandbox.command("ls", node.at("folder") + "").run().expectSuccess();
    sandbox.command("stat", node.at("missing") + "").run();
  }

  private Path onlyFile() {
    try (Stream<Path> files = Files.list(traces)) {
      List<Path> all = files.toList();
      assertEquals(1, all.size(), all::toString);
      return all.get(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TraceEntry only(Trace trace, Operation operation, String path) {
    Predicate<TraceEntry> same =
        entry -> entry.operation() == operation && entry.path().equals(RawPath.of(target + path));
    return trace.entries().stream()
        .filter(same)
        .findFirst()
        .orElseThrow(() -> new AssertionError(operation + " " + path + " is not in " + trace));
  }

  @ParameterizedTest
  @EnumSource(
      value = MountedBy.class,
      names = {"KERNEL", "JNR"})
  void everythingThatIsAskedForIsWrittenDown(MountedBy mountedBy) throws IOException {
    Node node = node(mountedBy);
    use(node);
    node.stop();
    Path file = onlyFile();
    assertTrue(file.toString().endsWith(Files.readString(HOST_NAME).strip() + ".gz"), file + "");
    Trace trace = TraceReader.readAll(file);
    assertTrue(trace.complete());
    assertEquals(0, trace.dropped());
    assertEquals(target, trace.target());
    TraceEntry stat = only(trace, Operation.STAT, "/folder/file");
    assertEquals(7, stat.answer().size());
    assertEquals(FileStat.S_IFREG, stat.answer().mode() & FileStat.S_IFMT);
    assertFalse(stat.cached(), "the first question reads storage");
    assertEquals(6, only(trace, Operation.LINK, "/link").answer().size());
    assertEquals(7, only(trace, Operation.READ, "/folder/file").answer().size());
    assertEquals(3, only(trace, Operation.LIST, "/folder").answer().size());
    assertEquals(Errno.ENOENT, only(trace, Operation.STAT, "/missing").answer().errno());
  }

  @Test
  void aNodeThatIsKilledLeavesAReadablePart() throws IOException {
    Node node = node(MountedBy.KERNEL);
    use(node);
    Path file = onlyFile();
    assertTrue(file.toString().endsWith(".partial"), file + "");
    assertTrue(
        Wait.until(
            Duration.ofSeconds(20),
            () ->
                read(file).entries().stream()
                    .anyMatch(entry -> entry.answer().errno() == Errno.ENOENT)),
        "the last request is not in the file");
    node.kill();
    Trace trace = read(file);
    assertFalse(trace.complete());
    assertEquals(7, only(trace, Operation.READ, "/folder/file").answer().size());
    Sandbox.unmount(node.mount());
  }

  private static Trace read(Path file) {
    try {
      return TraceReader.readAll(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
