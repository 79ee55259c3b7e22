package copper.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** C++ Copper's ioctl codes, as its scripts send them, through each mount. */
@ParameterizedClass(name = "{0}")
@EnumSource(MountedBy.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class IoctlIT {
  /** What each code writes, below tables/final and behind HOST-PID-. */
  private static final Map<Integer, String> FILES = new LinkedHashMap<>();

  static {
    FILES.put(200, "cache_tables.output");
    FILES.put(300, "operation_count.output");
    FILES.put(400, "operation_time.output");
    FILES.put(500, "operation_cache_hit.output");
    FILES.put(600, "operation_cache_miss.output");
    FILES.put(1100, "data_table_cache_event.output");
    FILES.put(1200, "tree_table_cache_event.output");
    FILES.put(1300, "md_table_cache_event.output");
    FILES.put(1700, "operation_cache_neg.output");
    FILES.put(2200, "ioctl_cache_event.output");
    FILES.put(2300, "data_cache_size.output");
    FILES.put(2400, "tree_cache_size.output");
    FILES.put(2500, "md_cache_size.output");
  }

  /** The original's ioctl.py sends a code so. */
  private static final String SCRIPT =
      """
      import fcntl, os, sys
      fd = os.open(sys.argv[2], os.O_RDWR)
      try:
          result = fcntl.ioctl(fd, int(sys.argv[1]), 0)
      finally:
          os.close(fd)
      print(result)
      """;

  @Parameter MountedBy mountedBy;

  private Sandbox sandbox;
  private Path target;
  private Node node;
  private Client client;

  @BeforeParameterizedClassInvocation
  void startNode() {
    Machine.assumeFuse();
    sandbox = new Sandbox(mountedBy);
    target = sandbox.newDirectory("target");
    sandbox.write("target/dev", "the file for ioctls\n");
    sandbox.write("target/dir/file", "a file\n");
    node =
        Node.single(sandbox, "node", target)
            .words("-profile_metrics", "-profile_paths_full")
            .start();
    client = new Client(sandbox);
  }

  @AfterParameterizedClassInvocation
  void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private void send(int code) {
    String out =
        sandbox
            .command(
                Machine.python(), "-B", "-c", SCRIPT, Integer.toString(code), node.at("dev") + "")
            .run()
            .expectSuccess()
            .out();
    assertEquals("0\n", out, "code " + code);
  }

  private Path file(String name) {
    return node.logs().resolve("tables/final").resolve(host() + "-" + node.pid() + "-" + name);
  }

  private static String host() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns what the table of {@code code} says now. */
  private String table(int code) throws IOException {
    Path file = file(FILES.get(code));
    Files.deleteIfExists(file);
    send(code);
    return Files.readString(file);
  }

  /** Returns the number behind "name:" in the table of {@code code}. */
  private long number(int code, String name) throws IOException {
    String text = table(code);
    Matcher line = Pattern.compile("(?m)^" + name + ": (\\d+)").matcher(text);
    assertTrue(line.find(), name + " in " + text);
    return Long.parseLong(line.group(1));
  }

  /** Makes the node answer each kind of request from storage, and one from its cache. */
  private void use() {
    send(100);
    assertEquals("a file\n", client.cat(node.at("dir/file")));
    client.list(node.at("dir"));
    assertEquals("ENOENT", client.lstat(node.at("dir/missing")));
  }

  @Test
  void everyTableIsWritten() throws IOException {
    use();
    for (int code : FILES.keySet()) {
      assertFalse(table(code).isBlank(), "code " + code);
    }
    assertTrue(table(2300).contains(target + "/dir/file: 7\n"), table(2300));
    assertTrue(table(2200).contains("2300"), table(2200));
    for (String name : FILES.values()) {
      Files.delete(file(name));
    }
    send(2000);
    for (String name : FILES.values()) {
      assertTrue(Files.size(file(name)) > 0, name);
    }
  }

  @Test
  void eachCountIsClearedByItsCodeAlone() throws IOException {
    for (List<Integer> codes :
        List.of(List.of(700, 300), List.of(900, 600), List.of(1000, 400), List.of(1800, 1700))) {
      use();
      int table = codes.get(1);
      assertTrue(number(table, "getattr") > 0, "code " + table);
      send(codes.get(0));
      assertEquals(0, number(table, "getattr"), "code " + codes.get(0));
      for (int other : List.of(300, 400, 600, 1700)) {
        assertTrue(other == table || number(other, "getattr") > 0, codes + ": " + other);
      }
    }
  }

  @Test
  void eventsAreClearedByTheirCodes() throws IOException {
    for (List<Integer> codes :
        List.of(List.of(1400, 1100), List.of(1500, 1200), List.of(1600, 1300))) {
      use();
      int table = codes.get(1);
      assertTrue(table(table).contains("/dir"), "code " + table);
      send(codes.get(0));
      assertFalse(table(table).contains("/dir"), "code " + codes.get(0));
    }
    send(2100);
    assertFalse(table(2200).contains("1600"), table(2200));
  }

  @Test
  void aResetClearsCachesAndCountsAndKeepsAProfileOfThem() throws IOException {
    use();
    send(800);
    send(1900);
    assertFalse(table(2300).contains("/dir/file"), "data is still there");
    assertEquals(0, number(1700, "getattr"));
    Path profiles = node.logs().resolve("profiling/pre-reset");
    try (var files = Files.list(profiles)) {
      assertTrue(files.anyMatch(file -> file.toString().endsWith("profiling_summary.md")));
    }
  }

  @Test
  void fromC() throws IOException {
    String compiler = Machine.program("cc");
    Path source =
        sandbox.write(
            "send.c",
            """
            #include <fcntl.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <sys/ioctl.h>
            int main(int argc, char **argv) {
              int fd = open(argv[1], O_RDWR);
              return argc != 3 || fd < 0 || ioctl(fd, atoi(argv[2]), NULL) != 0;
            }
            """);
    String program = sandbox.path("send").toString();
    sandbox.command(compiler, "-o", program, source.toString()).run().expectSuccess();
    use();
    Files.deleteIfExists(file(FILES.get(2300)));
    for (String code : List.of("2300", "700", "1900")) {
      sandbox.command(program, node.at("dev").toString(), code).run().expectSuccess();
    }
    assertTrue(Files.readString(file(FILES.get(2300))).contains("/dir/file: 7"));
    assertEquals(1, sandbox.command(program, node.at("dev").toString(), "101").run().exit());
  }

  @Test
  void withoutADirectoryForFiles() {
    Node other = Node.single(sandbox, "no-files", target).flag("-log_output_dir", null).start();
    // One number has two names, of which Python takes either.
    String refused = client.ask("ioctl", other.at("dev").toString(), 2300, "rw");
    assertTrue(List.of("EOPNOTSUPP", "ENOTSUP").contains(refused), refused);
    assertEquals("0", client.ask("ioctl", other.at("dev").toString(), 700, "rw"));
    assertEquals("ENOTTY", client.ask("ioctl", other.at("dev").toString(), 7, "r"));
    other.signal("TERM");
    other.assertEnds();
  }
}
