package copper.control;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The directory of the control sockets. */
final class ControlSocketTest {
  private static final int NODES = 4;
  private static final int ROUNDS = 200;

  @TempDir Path temporary;

  @Test
  void nodesThatStartAtOnceMakeTheDirectoryTogether() throws Exception {
    ExecutorService nodes = Executors.newFixedThreadPool(NODES);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        ControlSocket sockets = new ControlSocket(temporary.resolve(round + "/run"));
        CyclicBarrier start = new CyclicBarrier(NODES);
        Callable<Void> node =
            () -> {
              start.await();
              sockets.prepare();
              return null;
            };
        for (Future<Void> each : nodes.invokeAll(List.of(node, node, node, node))) {
          each.get();
        }
        assertEquals(
            "rwx------",
            PosixFilePermissions.toString(Files.getPosixFilePermissions(sockets.directory())));
      }
    } finally {
      nodes.shutdownNow();
    }
  }
}
