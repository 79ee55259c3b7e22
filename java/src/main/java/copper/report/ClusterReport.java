package copper.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The report on a whole run, made of what its nodes wrote. */
public final class ClusterReport {
  /**
   * What was made.
   *
   * @param nodes of how many nodes
   * @param files the files that were written, the page last
   */
  public record Result(int nodes, List<Path> files) {
    /** Takes an unmodifiable copy of the list. */
    public Result {
      files = List.copyOf(files);
    }
  }

  private ClusterReport() {}

  /**
   * Writes the sums over all nodes and the page into {@code profiling/cluster} below {@code run}.
   *
   * @throws IOException if there is nothing to report on, or something cannot be read or written
   */
  public static Result write(Path run) throws IOException {
    List<NodeProfile> nodes = new RunReader(run).read();
    if (nodes.isEmpty()) {
      throw new IOException(
          "there are no profiles below "
              + run.resolve("profiling")
              + "; nodes write them there when they are started with -profile_metrics and"
              + " -log_output_dir "
              + run);
    }
    Cluster cluster = new Cluster(nodes);
    Path name = run.toAbsolutePath().normalize().getFileName();
    String page =
        new Page(name == null ? "/" : name.toString(), cluster, Overlay.of(run, nodes)).text();
    return new Result(nodes.size(), new ClusterFiles(run, cluster).write(page));
  }
}
