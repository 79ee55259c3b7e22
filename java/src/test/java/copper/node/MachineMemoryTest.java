package copper.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineMemoryTest {
  private static final long GIB = 1L << 30;

  @TempDir Path root;

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private long bytes() {
    return new MachineMemory(root).bytes();
  }

  private void install(String cgroup) throws IOException {
    write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:         1 kB\n");
    write("proc/self/cgroup", cgroup);
  }

  @Test
  void withoutAGroupItIsTheMachines() throws IOException {
    install("");
    assertEquals(16 * GIB, bytes());
  }

  @Test
  void theTightestGroupOnTheWayUpCounts() throws IOException {
    install("0::/job/step/task\n");
    write("sys/fs/cgroup/job/step/task/memory.max", "max\n");
    write("sys/fs/cgroup/job/step/memory.max", (2 * GIB) + "\n");
    write("sys/fs/cgroup/job/memory.max", (4 * GIB) + "\n");
    assertEquals(2 * GIB, bytes());
  }

  @Test
  void aContainerSeesItsOwnGroupAtTheTop() throws IOException {
    install("0::/../../elsewhere\n");
    write("sys/fs/cgroup/memory.max", GIB + "\n");
    assertEquals(GIB, bytes(), "a path out of the hierarchy is not followed");
    install("0::/\n");
    assertEquals(GIB, bytes());
    install("0::/docker/0123\n");
    assertEquals(GIB, bytes(), "a path that is not there");
  }

  @Test
  void versionOneIsReadToo() throws IOException {
    install("11:cpu,cpuacct:/a\n7:memory:/a\n");
    write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", (3 * GIB) + "\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assertEquals(3 * GIB, bytes());
  }

  @Test
  void thisMachineHasSome() {
    assertTrue(new MachineMemory(Path.of("/")).bytes() > 64L << 20);
  }
}
