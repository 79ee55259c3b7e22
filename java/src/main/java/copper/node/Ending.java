package copper.node;

import copper.config.CopperConfig;
import copper.fuse.Guardian;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.logging.Logger;

/**
 * Who sees to a node's end beside the node itself: the guardian, and the process that started it.
 *
 * <p>The launcher says where the guardian is and who called it, by the properties copper.guardian
 * and copper.parent: in the background the node has another parent.
 */
final class Ending {
  private static final Logger LOG = Logger.getLogger(Ending.class.getName());

  private Ending() {}

  /** Starts the guardian of the mount; a node that cannot works all the same. */
  static Optional<Guardian> guard(CopperConfig config, String host) {
    String script = System.getProperty("copper.guardian");
    if (!config.ending().guarded() || script == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Guardian.start(Path.of(script), config.mountPoint(), Logging.file(config, host)));
    } catch (IOException e) {
      LOG.warning(
          "no guardian will take the mount away if this node dies: "
              + e.getMessage()
              + "; the next start does");
      return Optional.empty();
    }
  }

  /** Has {@code end} run, on a thread of its own, when the process that started the node ends. */
  static void followParent(CopperConfig config, Runnable end) {
    if (!config.ending().withParent()) {
      return;
    }
    Optional<ProcessHandle> parent =
        Optional.ofNullable(Long.getLong("copper.parent"))
            .map(ProcessHandle::of)
            .orElseGet(() -> ProcessHandle.current().parent());
    Runnable ended =
        () -> {
          LOG.info("the process that started this node has ended");
          new Thread(end, "copper-shutdown").start();
        };
    parent.ifPresentOrElse(process -> process.onExit().thenRun(ended), ended);
  }
}
