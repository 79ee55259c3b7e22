package copper.cli;

import copper.config.CommandLine;
import copper.config.CopperConfig;
import copper.config.UsageException;
import copper.fuse.MountException;
import copper.node.CopperNode;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * {@code cu_fuse}: mounts Copper and serves until it is unmounted or told to end.
 *
 * <p>The launcher script puts it in the background; then {@link Status} tells the script how the
 * start went. SIGTERM and SIGINT unmount.
 */
public final class CuFuse {
  private static final Logger LOG = Logger.getLogger(CuFuse.class.getName());

  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private CuFuse() {}

  /**
   * Runs the program and ends the process: 0, 1 if the node failed, 2 if the command line is wrong.
   */
  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) {
    if (CommandLine.asksForHelp(arguments)) {
      System.out.print(CommandLine.help());
      return;
    }
    if (CommandLine.asksForVersion(arguments)) {
      System.out.println("Copper for Java " + CuFuse.class.getPackage().getImplementationVersion());
      return;
    }
    Thread.setDefaultUncaughtExceptionHandler(CuFuse::uncaught);
    try (Status status = Status.open()) {
      System.exit(run(arguments, status));
    }
  }

  /** Whatever the level of the log: where the JVM prints, it is seen too. */
  @SuppressWarnings({"SystemOut", "CatchAndPrintStackTrace"})
  private static void uncaught(Thread thread, Throwable failure) {
    LOG.log(Level.SEVERE, "the thread " + thread.getName() + " has failed", failure);
    System.err.println("the thread " + thread.getName() + " has failed");
    failure.printStackTrace();
  }

  private static int run(String[] arguments, Status status) {
    CopperConfig config;
    try {
      config = CommandLine.parse(arguments, System.getenv(CommandLine.SECRET_VARIABLE));
    } catch (UsageException e) {
      status.report("usage", e.getMessage());
      return USAGE;
    }
    try (CopperNode node = new CopperNode(config)) {
      // Before there is a mount: a signal may come as soon as there is one.
      Runtime.getRuntime().addShutdownHook(new Thread(node::close, "copper-shutdown"));
      node.start();
      status.ready();
      StateSignal.handle(node::state, System.out);
      node.awaitEnd();
      return 0;
    } catch (UsageException | MountException e) {
      status.report("error", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      status.report("error", "internal error, please report it: " + e);
    }
    return FAILED;
  }
}
