package copper.node;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.cache.Budget;
import copper.codec.Hello;
import copper.config.CopperConfig;
import copper.config.IoReason;
import copper.config.UsageException;
import copper.control.Ioctl;
import copper.control.Prefetch;
import copper.control.Reset;
import copper.fuse.CopperOperations;
import copper.fuse.Guardian;
import copper.fuse.Libc;
import copper.fuse.Mount;
import copper.fuse.MountException;
import copper.fuse.MountOptions;
import copper.fuse.MountPoint;
import copper.metrics.Counters;
import copper.metrics.run.Recorder;
import copper.metrics.run.RunDirectory;
import copper.model.RawPath;
import copper.storage.CountingStorage;
import copper.storage.PosixStorage;
import copper.storage.StoragePool;
import copper.store.CooperativeStore;
import copper.store.RpcService;
import copper.store.Timeouts;
import copper.trace.TraceRecorder;
import copper.transport.RpcTransport;
import copper.tree.TreePosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A running node: transport, place in the tree, store, RPC service and mount, wired together and
 * closed in reverse.
 *
 * <p>Children are served before the mount is up, so that their readiness probes are answered while
 * this node still starts.
 */
public final class CopperNode implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(CopperNode.class.getName());

  private static final int STORAGE_THREADS = 32;
  private static final int IDLE_SECONDS = 5;

  private final CopperConfig config;
  private final Counters counters;
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private Mount mount;
  private Thread rehearsal;
  private Optional<Recorder> recorder = Optional.empty();
  private Optional<Guardian> guardian = Optional.empty();
  private volatile NodeState state;

  private boolean closed;

  /** Makes a node that does nothing yet. */
  public CopperNode(CopperConfig config) {
    this.config = config;
    this.counters = Measurement.counters(config);
  }

  /**
   * Starts the node; when this returns, its mount answers. One that was closed meanwhile does not
   * start.
   *
   * @throws UsageException if the configuration cannot work
   * @throws MountException if the file system cannot be mounted
   */
  public synchronized void start() throws UsageException, MountException {
    if (closed) {
      return;
    }
    try {
      open();
    } catch (UsageException | MountException | RuntimeException | Error e) {
      LOG.log(Level.SEVERE, "the node cannot start: " + e.getMessage());
      close();
      throw e;
    }
  }

  private void open() throws UsageException, MountException {
    String host = Overlay.hostName();
    prepareLogDirectory();
    Logging.configure(config, host);
    config.notes().forEach(LOG::warning);
    MountPoint mountPoint = new MountPoint(config.mountPoint(), Libc.load());
    mountPoint.prepare(config.fuse().allowsNonEmpty());
    long start = counters.now();
    RpcTransport transport = opened(Transports.open(config, this::close));
    Overlay.Place place = Overlay.place(config, transport.address(), host);
    TreePosition position = place.position();
    Served served = Served.of(config);
    CountingStorage counting = new CountingStorage(served.storage(), counters);
    StoragePool storagePool = opened(new StoragePool(STORAGE_THREADS));
    ScheduledThreadPoolExecutor timer = timer("copper-timer-");
    NodeMemory memory =
        opened(NodeMemory.open(config.cache(), host, counters, daemons("copper-spill-")));
    CooperativeStore store =
        CooperativeStore.create(
            position.above(),
            transport,
            counting,
            limits(memory.budget()),
            timeouts(),
            new CooperativeStore.Environment(storagePool, timer, Ticker.systemTicker(), counters)
                .serving(served.paths())
                .withHello(Hello.own(place.forest().mark()))
                .pushing(config.push()),
            memory.caches(Ticker.systemTicker(), storagePool, timer));
    new RpcService(store, counters).register(transport);
    // C++ Copper's words (src/fs/cu_fuse.cpp), for scripts that look for them.
    LOG.info(
        () -> "provider registration completed after " + (counters.now() - start) / 1000 + " us");
    LOG.info(() -> "node " + transport.address() + " serves; " + position);
    Measurement measurement = new Measurement(config, counters);
    measurement.endpoint().ifPresent(parts::push);
    Optional<RunDirectory> files = measurement.files(host, position, store);
    ThreadPoolExecutor forgetting = onlyThread("copper-forget-");
    Reset reset = new Reset(store, forgetting);
    RawPath target = served.target();
    store.onChange(
        path -> {
          if (path.startsWith(target)) {
            reset.forget(path.below(target));
          }
        });
    Optional<TraceRecorder> trace = measurement.trace(target, host);
    trace.ifPresent(parts::push);
    Controls controls = new Controls(place, transport, store, reset, counters);
    CopperOperations operations =
        new CopperOperations(
            store, target, new Ioctl(reset, counters, files, storagePool), counters, trace);
    // Before the mount: once that answers, commands find the node.
    controls
        .listen(
            new Prefetch.Place(config.mountPoint(), target, RealPaths.names(config.view())),
            storagePool,
            daemons("copper-control-"),
            this::state)
        .ifPresent(parts::push);
    mount =
        opened(
            new Mounts(operations, mountPoint, new PosixStorage(), storagePool, forgetting, timer)
                .mount(config.fuse().mount(), mountOptions()));
    watch(mount);
    guardian = Ending.guard(config, host);
    state =
        new NodeState(
            config.target().toString(), config.mountPoint(), mount, store, counting, transport);
    reset.attach(mount);
    recorder = files.flatMap(measurement::recorder);
    recorder.ifPresent(
        profiles -> {
          profiles.start(config.profiling().snapshotInterval(), timer, storagePool);
          opened((AutoCloseable) profiles::beforeEnd);
        });
    LOG.info(() -> config.target() + " is mounted at " + config.mountPoint());
    Ending.followParent(config, this::close);
    if (!System.getProperty("copper.rehearsal", "").equals("off")) {
      rehearse(storagePool, timer);
    }
  }

  private void watch(Mount watched) {
    Runnable end = () -> new Thread(this::close, "copper-shutdown").start();
    new Watchdog(watched, this::state, end, Ticker.systemTicker(), timer("copper-watchdog-"))
        .start();
  }

  /** Returns what the node is at just now, as lines of text. */
  public String state() {
    NodeState present = state;
    return present == null ? "the node is not mounted yet\n" : present.text();
  }

  /** A test that starts many nodes may set the property copper.rehearsal to "off". */
  private void rehearse(StoragePool storagePool, ScheduledThreadPoolExecutor timer) {
    Thread thread =
        daemons("copper-rehearsal-")
            .newThread(
                () -> {
                  try {
                    Rehearsal.run(storagePool, timer);
                    LOG.fine("the rehearsal is over");
                  } catch (IOException | InterruptedException | RuntimeException e) {
                    LOG.log(Level.FINE, "the rehearsal was broken off", e);
                  }
                });
    thread.start();
    opened((AutoCloseable) thread::interrupt);
    rehearsal = thread;
  }

  /** Waits until the code that serves requests has been rehearsed. */
  public void awaitRehearsal() throws InterruptedException {
    if (rehearsal != null) {
      rehearsal.join();
    }
  }

  private void prepareLogDirectory() throws UsageException {
    if (config.logOutputDir().isPresent()) {
      Path directory = config.logOutputDir().get();
      try {
        Files.createDirectories(directory.resolve("logs"));
      } catch (IOException e) {
        throw new UsageException(
            "-log_output_dir "
                + directory
                + " cannot be written ("
                + IoReason.of(e)
                + "); name another",
            e);
      }
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    parts.push(part);
    return part;
  }

  private ScheduledThreadPoolExecutor timer(String prefix) {
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, daemons(prefix));
    timer.setRemoveOnCancelPolicy(true);
    opened((AutoCloseable) timer::shutdownNow);
    return timer;
  }

  /** Makes a thread that is there while it has something to do. */
  private ThreadPoolExecutor onlyThread(String prefix) {
    ThreadPoolExecutor thread =
        new ThreadPoolExecutor(
            1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons(prefix));
    thread.allowCoreThreadTimeOut(true);
    opened((AutoCloseable) thread::shutdown);
    return thread;
  }

  private static ThreadFactory daemons(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + number.getAndIncrement());
      thread.setDaemon(true);
      return thread;
    };
  }

  private CooperativeStore.Limits limits(Budget budget) {
    return new CooperativeStore.Limits(config.maxCacheableBytes(), config.enoentTtl(), budget);
  }

  /** A test may shorten the patience with a parent by the property copper.ready_timeout_ms. */
  private Timeouts timeouts() {
    Timeouts times = Timeouts.DEFAULT.withFailover(config.failover());
    Long patience = Long.getLong("copper.ready_timeout_ms");
    return patience == null ? times : times.withFirstReady(Duration.ofMillis(patience));
  }

  private MountOptions mountOptions() {
    return new MountOptions(
        "copper:" + config.target(),
        config.enoentTtl(),
        config.fuse().debug(),
        config.fuse().options());
  }

  /**
   * Waits until the file system is unmounted, by {@link #close} or from outside.
   *
   * @throws InterruptedException if this thread is interrupted first
   */
  public void awaitEnd() throws InterruptedException {
    if (mount != null) {
      mount.awaitEnd();
    }
  }

  /** Unmounts, stops serving, and writes the counters. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    if (parts.isEmpty()) {
      return;
    }
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.log(Level.WARNING, "while closing: " + e.getMessage(), e);
      }
    }
    // Not before: should this hang and be ended by force, the mount still goes.
    guardian.ifPresent(Guardian::close);
    recorder.ifPresent(Recorder::afterEnd);
    config.logOutputDir().ifPresent(this::writeCounters);
    LOG.info("the node has ended");
  }

  private void writeCounters(Path directory) {
    try {
      Path logs = Files.createDirectories(directory.resolve("logs"));
      counters.writeJson(logs.resolve(Logging.fileName(Overlay.hostName(), "counters.json")));
    } catch (IOException e) {
      LOG.log(
          Level.WARNING, "the counters cannot be written to " + directory + ": " + e.getMessage());
    }
  }
}
