package copper.node;

import copper.config.CopperConfig;
import copper.config.IoReason;
import copper.config.UsageException;
import copper.metrics.Counters;
import copper.metrics.PathStatistics;
import copper.metrics.prometheus.MetricsEndpoint;
import copper.metrics.run.Recorder;
import copper.metrics.run.RunDirectory;
import copper.metrics.run.RunInfo;
import copper.metrics.run.Series;
import copper.model.RawPath;
import copper.store.CooperativeStore;
import copper.trace.TraceRecorder;
import copper.tree.TreePosition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What a node measures of itself, and where that goes, as its configuration says. */
final class Measurement {
  private final CopperConfig config;
  private final Counters counters;

  /** Makes the outlets of {@code counters}. */
  Measurement(CopperConfig config, Counters counters) {
    this.config = config;
    this.counters = counters;
  }

  /** Returns counts, with those by path if they are to be. */
  static Counters counters(CopperConfig config) {
    CopperConfig.Profiling profiling = config.profiling();
    return new Counters(
        System::nanoTime,
        profiling.enabled()
            ? Optional.of(new PathStatistics(profiling.topN(), profiling.fullPaths()))
            : Optional.empty());
  }

  /**
   * Serves Prometheus, if a port is given; the caller's to close.
   *
   * @throws UsageException if the port cannot be had
   */
  Optional<MetricsEndpoint> endpoint() throws UsageException {
    if (config.metricsPort().isEmpty()) {
      return Optional.empty();
    }
    int port = config.metricsPort().getAsInt();
    try {
      return Optional.of(MetricsEndpoint.open(port, counters));
    } catch (IOException e) {
      throw new UsageException(
          "-metrics_port " + port + " cannot be served (" + e.getMessage() + "); name another", e);
    }
  }

  /**
   * Begins to write down what the mount's users ask for, if a file for that is given; the caller's
   * to close.
   *
   * @throws UsageException if the file cannot be written
   */
  Optional<TraceRecorder> trace(RawPath target, String host) throws UsageException {
    if (config.recordTrace().isEmpty()) {
      return Optional.empty();
    }
    Path file = Path.of(config.recordTrace().get().toString().replace("%h", host));
    try {
      return Optional.of(
          new TraceRecorder(file, target, System::nanoTime, counters::storageCallsHere));
    } catch (IOException e) {
      throw new UsageException(
          "-record_trace "
              + file
              + " cannot be written ("
              + IoReason.of(e)
              + "); name a file in a directory that exists",
          e);
    }
  }

  /** Returns the files of this node in the run's directory, if there is one. */
  Optional<RunDirectory> files(String host, TreePosition position, CooperativeStore store) {
    return config
        .logOutputDir()
        .map(
            directory ->
                new RunDirectory(
                    new RunInfo(
                        directory,
                        host,
                        ProcessHandle.current().pid(),
                        position.address(),
                        position.parent(),
                        config.target().toString(),
                        config.enoentTtl()),
                    counters,
                    store.contents()));
  }

  /** Returns what writes profiles into {@code files}, if that is asked for. */
  Optional<Recorder> recorder(RunDirectory files) {
    return config.profiling().enabled()
        ? Optional.of(
            new Recorder(files, new Series(files.info(), counters, System::currentTimeMillis)))
        : Optional.empty();
  }
}
