package copper.cli;

import copper.report.ClusterReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code copper profile RUN_DIR}: adds up the profiles of a run's nodes and draws them. */
public final class Profile {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private static final String HELP =
      """
      usage: copper profile RUN_DIR
      Adds up the profiles that the nodes of a run wrote into RUN_DIR, their -log_output_dir, because of
      -profile_metrics, and writes into RUN_DIR/profiling/cluster:
        cluster-profiling_aggregate.csv   sums of all metrics
        cluster-profiling_operations.csv  sums by operation
        cluster-profiling_top_paths.csv   the most used paths, by class
        cluster-profiling_summary.md      the same to read
        cluster-profiling.html            the same to look at, in any browser; it needs no network
      """;

  private Profile() {}

  /** Runs the command and ends the process: 0, 1 if there is nothing to report on, 2 for misuse. */
  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) {
    if (arguments.length == 1 && (arguments[0].equals("-h") || arguments[0].equals("--help"))) {
      System.out.print(HELP);
      return;
    }
    if (arguments.length != 1) {
      System.err.print(HELP);
      System.exit(USAGE);
    }
    Path run = Path.of(arguments[0]);
    if (!Files.isDirectory(run)) {
      System.err.println("copper profile: " + run + " is no directory");
      System.exit(FAILED);
    }
    try {
      ClusterReport.Result result = ClusterReport.write(run);
      System.out.println("nodes: " + result.nodes());
      result.files().forEach(file -> System.out.println("wrote " + file));
    } catch (IOException e) {
      System.err.println("copper profile: " + e.getMessage());
      System.exit(FAILED);
    }
  }
}
