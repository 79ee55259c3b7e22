package copper.control;

import copper.model.Errno;
import copper.model.Reply;
import java.util.concurrent.CompletableFuture;

/**
 * The commands that arrive as ioctl codes on any regular file of the mount.
 *
 * <p>The codes are C++ Copper's (src/fs/constants.h). Those that clear the caches are served; any
 * other code is ENOTTY, as it is for an ordinary file, so that isatty() is right.
 */
public final class Ioctl {
  /** Clears the caches. */
  public static final int CLEAR_CACHE_TABLES = 100;

  /** Resets the whole file system. */
  public static final int RESET = 1900;

  private final Reset reset;

  /** Makes the commands. */
  public Ioctl(Reset reset) {
    this.reset = reset;
  }

  /** Executes the command {@code code}; the value is what ioctl(2) returns. */
  public CompletableFuture<Reply<Integer>> execute(int code) {
    return switch (code) {
      case CLEAR_CACHE_TABLES, RESET -> reset.run().thenApply(done -> Reply.of(0));
      default -> CompletableFuture.completedFuture(Reply.failure(Errno.ENOTTY));
    };
  }
}
