package copper.fuse;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;

/**
 * A small process beside the node that takes its mount away when the node dies without doing so:
 * {@code lib/guardian.sh} of the install tree.
 *
 * <p>It waits at a pipe whose other end this process alone has, since no child of a Java process
 * inherits more than its own three descriptors: the kernel closes the pipe, however the node dies.
 * A node that has unmounted says so first, by {@link #close}.
 */
public final class Guardian implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Guardian.class.getName());

  private static final String NAME = "guardian.sh";
  private static final byte[] DONE = "done\n".getBytes(StandardCharsets.US_ASCII);

  /** A guardian of a node that has just died needs a moment; one that hangs is not waited for. */
  private static final long PATIENCE_SECONDS = 10;

  private final Process process;

  private Guardian(Process process) {
    this.process = process;
  }

  /**
   * Starts the guardian of the file system that this process has mounted at {@code mountPoint}.
   *
   * @param script the guardian
   * @param log the file that it adds a line to; empty: the standard error
   * @throws IOException with one line, if it cannot be started
   */
  public static Guardian start(Path script, Path mountPoint, Optional<Path> log)
      throws IOException {
    String device =
        MountTable.deviceAt(mountPoint)
            .orElseThrow(() -> new IOException("nothing is mounted at " + mountPoint));
    ProcessBuilder builder =
        new ProcessBuilder(
            "setsid",
            "sh",
            script.toString(),
            mountPoint.toString(),
            MountTable.placeOf(mountPoint),
            device,
            Long.toString(ProcessHandle.current().pid()),
            log.map(file -> file.toAbsolutePath().toString()).orElse(""));
    builder
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    process
        .onExit()
        .thenAccept(
            ended -> {
              if (ended.exitValue() != 0) {
                LOG.warning(
                    "the guardian has ended with "
                        + ended.exitValue()
                        + "; a mount that this node leaves behind is taken away by the next start");
              }
            });
    return new Guardian(process);
  }

  /**
   * Waits until no guardian of a node that has died is about to unmount {@code mountPoint}: it
   * would meet a new mount there. Needs no privilege, and sees only processes of this machine.
   */
  static void awaitOthers(Path mountPoint) {
    List<CompletableFuture<ProcessHandle>> ends =
        ProcessHandle.allProcesses()
            .filter(other -> guards(other, mountPoint))
            .map(ProcessHandle::onExit)
            .toList();
    CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, PATIENCE_SECONDS, TimeUnit.SECONDS)
        .join();
  }

  private static boolean guards(ProcessHandle process, Path mountPoint) {
    List<String> words = Arrays.asList(process.info().arguments().orElse(new String[0]));
    return words.size() > 1
        && words.get(0).endsWith("/" + NAME)
        && words.get(1).equals(mountPoint.toString());
  }

  /** Tells it that the mount is gone, and waits for its end. Closing twice does nothing. */
  @Override
  public void close() {
    try (OutputStream pipe = process.getOutputStream()) {
      pipe.write(DONE);
    } catch (IOException e) {
      LOG.fine(() -> "the guardian is not there any more: " + e.getMessage());
    }
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warning("the guardian, process " + process.pid() + ", does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
