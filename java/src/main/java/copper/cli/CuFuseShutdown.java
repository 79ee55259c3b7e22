package copper.cli;

import copper.config.CommandLine;
import copper.node.Shutdown;
import copper.tree.AddressBook;
import copper.tree.AddressBook.Entry;
import copper.tree.AddressBookException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * {@code cu_fuse_shutdown SLEEP_SECONDS LOGS_DIR}: ends all nodes of a job, on whatever network, as
 * C++ Copper's program does on cxi (src/copper/rpc_shutdown.cpp).
 */
public final class CuFuseShutdown {
  private static final String USAGE =
      """
      usage: cu_fuse_shutdown SLEEP_SECONDS LOGS_DIR

      Waits, then asks every node in LOGS_DIR/copper_address_book.txt to end. LOGS_DIR is the directory
      logs of a run's -log_output_dir, or that itself. Nodes on copper+tcp, and those with -require_auth, want
      the job's secret, which $COPPER_SECRET_FILE names.
      """;

  private CuFuseShutdown() {}

  /**
   * Runs the program and ends the process: 0, 1 if a node has not agreed, 2 if the command line is
   * wrong.
   */
  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) {
    if (CommandLine.asksForHelp(arguments)) {
      System.out.print(USAGE);
      return;
    }
    try {
      System.exit(run(arguments));
    } catch (AddressBookException | IOException e) {
      System.err.println("cu_fuse_shutdown: " + e.getMessage());
    } catch (InterruptedException e) {
      System.err.println("cu_fuse_shutdown: interrupted");
    }
    System.exit(1);
  }

  @SuppressWarnings("SystemOut")
  private static int run(String[] arguments)
      throws AddressBookException, IOException, InterruptedException {
    // The original takes more words and looks at the first two.
    if (arguments.length < 2 || !arguments[0].strip().matches("\\d{1,9}")) {
      System.err.print(USAGE);
      return 2;
    }
    Path file = book(arguments[1]);
    TimeUnit.SECONDS.sleep(Long.parseLong(arguments[0].strip()));
    AddressBook book = AddressBook.read(file);
    Map<Entry, String> failures = new Shutdown(secret()).run(book);
    for (Entry entry : book.entries()) {
      if (failures.containsKey(entry)) {
        System.err.println("cu_fuse_shutdown: " + entry.host() + ": " + failures.get(entry));
      }
    }
    int nodes = book.entries().size();
    System.out.println((nodes - failures.size()) + " of " + nodes + " nodes have agreed to end");
    return failures.isEmpty() ? 0 : 1;
  }

  private static Path book(String directory) throws IOException {
    try {
      Path logs = Path.of(directory);
      Path below = logs.resolve("logs").resolve(AddressBook.FILE_NAME);
      Path own = logs.resolve(AddressBook.FILE_NAME);
      return !Files.exists(own) && Files.exists(below) ? below : own;
    } catch (InvalidPathException e) {
      throw new IOException(directory + " is no path; name a run's directory of logs", e);
    }
  }

  private static Optional<Path> secret() {
    String file = System.getenv(CommandLine.SECRET_VARIABLE);
    return file == null || file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file));
  }
}
