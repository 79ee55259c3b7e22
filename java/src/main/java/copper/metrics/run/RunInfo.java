package copper.metrics.run;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Who writes the files of a run, and where to.
 *
 * @param directory the run's directory ({@code -log_output_dir}), which all nodes share
 * @param host this machine's name
 * @param pid this process
 * @param address of this node, as the address book has it
 * @param parent the address of its parent; none at the root of a tree
 * @param target the directory that is mirrored, for people
 * @param enoentTtl how long a missing name is remembered
 */
public record RunInfo(
    Path directory,
    String host,
    long pid,
    String address,
    Optional<String> parent,
    String target,
    Duration enoentTtl) {
  /** Returns the directory of the profiles of {@code tag}; the last ones of a run have none. */
  Path profiles(String tag) {
    return directory.resolve("profiling").resolve(tag.isEmpty() ? "final" : tag);
  }

  /** Returns the directory of the tables of {@code tag}. */
  Path tables(String tag) {
    return directory.resolve("tables").resolve(tag.isEmpty() ? "final" : tag);
  }

  /** Returns the name of this node's file {@code name} of {@code tag}. */
  String file(String tag, String name) {
    return host + "-" + pid + "-" + (tag.isEmpty() ? "" : tag + "-") + name;
  }
}
