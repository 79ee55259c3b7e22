package copper.config;

import copper.model.RawPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Everything a node is told at its start. Immutable.
 *
 * @param target the directory that is mirrored ({@code -tpath})
 * @param narrowing what of the target is served
 * @param view where applications see it ({@code -vpath}); paths below it, seen through the mount,
 *     do not exist
 * @param mountPoint where the file system is mounted; the same as {@code view} but for unusual
 *     set-ups
 * @param netType the network: a Mercury protocol or address, or {@code copper+tcp://host:port}
 * @param nodeFile the job's hosts, one a line ({@code -nf})
 * @param addressBook lines of host name and address ({@code -facility_address_book})
 * @param prefiltered whether the book already holds this job's nodes alone
 * @param trees the number of trees the nodes are split into
 * @param fanOut the most children a node has ({@code -fanout}); empty: as {@code -tree} says
 * @param automaticTree whether fan-out and places are chosen here ({@code -tree auto}) and are not
 *     the original's
 * @param addressSync how long a node that has written itself into the job's book waits for the
 *     others to do so ({@code -addr_write_sync_time})
 * @param maxCacheableBytes files of at least this size are not cached whole
 * @param enoentTtl how long a name that is missing is remembered as missing
 * @param failover how long a parent may give no sign of life ({@code -failover_ms})
 * @param push whether children are sent what they have not asked for ({@code -push})
 * @param logLevel 0 (nothing) to 5 (debug)
 * @param logType where the log goes
 * @param logOutputDir the run's directory, for logs and counters; none: no files are written
 * @param executionStreams Argobots execution streams of a Margo transport ({@code -es})
 * @param secretFile the job's secret
 * @param requireAuth whether nodes that cannot prove it are neither served nor asked
 * @param recordTrace where to write down what the mount's users ask for ({@code -record_trace})
 * @param profiling what is measured beyond plain counts
 * @param metricsPort where Prometheus finds this node's metrics, on loopback; empty: nowhere
 * @param ending who sees to the node's end
 * @param fuse what goes to FUSE
 * @param cache how much may be kept, and where
 * @param notes what the command line asks for and does not get, a line each, for the log
 */
public record CopperConfig(
    RawPath target,
    Narrowing narrowing,
    RawPath view,
    Path mountPoint,
    String netType,
    Optional<Path> nodeFile,
    Optional<Path> addressBook,
    boolean prefiltered,
    int trees,
    OptionalInt fanOut,
    boolean automaticTree,
    Duration addressSync,
    long maxCacheableBytes,
    Duration enoentTtl,
    Duration failover,
    PushMode push,
    int logLevel,
    LogType logType,
    Optional<Path> logOutputDir,
    int executionStreams,
    Optional<Path> secretFile,
    boolean requireAuth,
    Optional<Path> recordTrace,
    Profiling profiling,
    OptionalInt metricsPort,
    Ending ending,
    FuseOptions fuse,
    CacheOptions cache,
    List<String> notes) {

  /** Takes an unmodifiable copy of the notes. */
  public CopperConfig {
    notes = List.copyOf(notes);
  }

  /**
   * What of the target is served, to the mount and to other nodes.
   *
   * @param allowed only these paths and what is below them ({@code -allow}); empty: all
   * @param denied not these paths and what is below them ({@code -deny})
   */
  public record Narrowing(List<RawPath> allowed, List<RawPath> denied) {
    /** All of the target. */
    public static final Narrowing NONE = new Narrowing(List.of(), List.of());

    /** Takes unmodifiable copies of the lists. */
    public Narrowing {
      allowed = List.copyOf(allowed);
      denied = List.copyOf(denied);
    }
  }

  /** Where log records go ({@code -log_type}). */
  public enum LogType {
    FILE,
    STDOUT,
    FILE_AND_STDOUT;

    /** Tells whether records go to a file. */
    public boolean toFile() {
      return this != STDOUT;
    }

    /** Tells whether records go to the standard output. */
    public boolean toStdout() {
      return this != FILE;
    }
  }

  /**
   * What is measured beyond plain counts, and when it is written.
   *
   * @param enabled whether anything is ({@code -profile_metrics}, or any of the others)
   * @param topN how many paths of each kind are written ({@code -profile_top_n})
   * @param fullPaths whether all are ({@code -profile_paths_full})
   * @param snapshotInterval how often a profile is written while the node runs; zero: at its end
   */
  public record Profiling(
      boolean enabled, int topN, boolean fullPaths, Duration snapshotInterval) {}

  /**
   * Who sees to the node's end.
   *
   * @param guarded whether a guardian takes the mount away if the node dies; not with {@code
   *     -no_guardian}
   * @param withParent whether the node ends when the process that started it does ({@code
   *     -end_with_parent})
   */
  public record Ending(boolean guarded, boolean withParent) {}

  /** What speaks to the kernel ({@code -fuse}). */
  public enum MountKind {
    /** KERNEL where that is possible, else JNR. */
    AUTO,
    /** This program itself, on /dev/fuse. */
    KERNEL,
    /** libfuse 2 through jnr-fuse. */
    JNR
  }

  /**
   * FUSE's own flags.
   *
   * @param foreground {@code -f}: do not go to the background
   * @param debug {@code -d}: every request is printed; implies foreground
   * @param options what stood behind each {@code -o}
   * @param mount what speaks to the kernel ({@code -fuse})
   */
  public record FuseOptions(
      boolean foreground, boolean debug, List<String> options, MountKind mount) {
    /** Takes an unmodifiable copy of the list. */
    public FuseOptions {
      options = List.copyOf(options);
    }

    /** Tells whether the mount may hide files that are in the mount point. */
    public boolean allowsNonEmpty() {
      return options.stream().anyMatch(list -> List.of(list.split(",")).contains("nonempty"));
    }
  }
}
