package copper.node;

import com.github.benmanes.caffeine.cache.Ticker;
import copper.cache.Budget;
import copper.metrics.Counters;
import copper.model.DirectoryListing;
import copper.model.FileStat;
import copper.model.FileSystemStat;
import copper.model.FileVersion;
import copper.model.RawPath;
import copper.model.Reply;
import copper.model.WholeFile;
import copper.storage.PosixStorage;
import copper.storage.Storage;
import copper.store.CooperativeStore;
import copper.store.RpcService;
import copper.store.Timeouts;
import copper.transport.RpcTransport;
import copper.transport.tcp.TcpAddress;
import copper.transport.tcp.TcpOptions;
import copper.transport.tcp.TcpTransport;
import copper.tree.Above;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * A parent and a child of the node's own, which serve made-up files to nobody, so that the code
 * that serves real ones is loaded and compiled before the first request.
 *
 * <p>A JVM runs new code by interpretation at first: without a rehearsal the first import through a
 * node takes longer. It asks no storage but /proc/self, calls no other node, and takes about a
 * second of one core.
 */
public final class Rehearsal {
  private static final int DIRECTORIES = 24;
  private static final int FILES = 24;

  private static final int FILE_BYTES = 6 << 10;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final CooperativeStore.Limits LIMITS =
      new CooperativeStore.Limits(1 << 20, Duration.ofSeconds(2), Budget.of(16 << 20, 16 << 20));

  private Rehearsal() {}

  /**
   * Rehearses on this thread until done, or until it is interrupted.
   *
   * @param storagePool runs storage calls; borrowed, as is the timer
   * @throws IOException if this machine has no loopback port to spare
   * @throws InterruptedException if it was interrupted
   */
  public static void run(Executor storagePool, ScheduledExecutorService timer)
      throws IOException, InterruptedException {
    TcpOptions options = TcpOptions.of(TcpAddress.parse("copper+tcp://127.0.0.1:0"), null);
    CooperativeStore.Environment environment =
        new CooperativeStore.Environment(storagePool, timer, Ticker.systemTicker(), new Counters());
    try (RpcTransport transport = TcpTransport.open(options)) {
      new RpcService(store(Optional.empty(), transport, environment), environment.counters())
          .register(transport);
      rehearse(store(Optional.of(transport.address()), transport, environment));
    } catch (ExecutionException e) {
      throw new IOException("the rehearsal failed: " + e.getCause().getMessage(), e.getCause());
    }
  }

  private static CooperativeStore store(
      Optional<String> parent, RpcTransport transport, CooperativeStore.Environment environment) {
    return CooperativeStore.create(
        Above.of(parent),
        transport,
        new MadeUp(),
        LIMITS,
        Timeouts.DEFAULT.withFirstReady(PATIENCE),
        environment);
  }

  private static void rehearse(CooperativeStore child)
      throws ExecutionException, InterruptedException {
    Storage real = new PosixStorage();
    RawPath self = RawPath.of("/proc/self");
    for (int i = 0; i < DIRECTORIES; i++) {
      RawPath directory = RawPath.of("/" + i);
      await(child.list(directory));
      for (int j = 0; j < FILES; j++) {
        RawPath file = directory.resolve(name(j));
        await(child.lstat(file));
        await(child.lstat(directory.resolve(("missing" + j).getBytes(StandardCharsets.US_ASCII))));
        await(child.read(file, 0, FILE_BYTES));
        // Not in a directory that was listed, so that each is a call of its own.
        await(child.read(RawPath.of("/alone" + i + "-" + j + "/file"), 0, FILE_BYTES));
        real.lstat(self);
        real.readFile(self.resolve("stat".getBytes(StandardCharsets.US_ASCII)), FILE_BYTES);
      }
      real.list(self);
    }
  }

  private static <T> void await(CompletableFuture<T> answer)
      throws ExecutionException, InterruptedException {
    answer.get();
  }

  private static byte[] name(int file) {
    return ("file" + file).getBytes(StandardCharsets.US_ASCII);
  }

  /** Storage that exists nowhere. */
  private static final class MadeUp implements Storage {
    @Override
    public Reply<FileStat> lstat(RawPath path) {
      return Reply.of(
          FileStat.builder().mode(FileStat.S_IFREG | 0444).size(FILE_BYTES).nlink(1).build());
    }

    @Override
    public Reply<DirectoryListing> list(RawPath path) {
      List<DirectoryListing.Entry> entries = new ArrayList<>();
      for (int i = 0; i < FILES; i++) {
        entries.add(new DirectoryListing.Entry(name(i), FileStat.S_IFREG));
      }
      return Reply.of(new DirectoryListing(entries));
    }

    @Override
    public Reply<WholeFile> readFile(RawPath path, long limit) {
      return read(path, 0, FILE_BYTES).map(data -> new WholeFile(data, 0));
    }

    @Override
    public Reply<ByteBuffer> read(RawPath path, long offset, int length) {
      return Reply.of(ByteBuffer.allocateDirect(length));
    }

    @Override
    public Reply<ByteBuffer> read(RawPath path, long offset, int length, FileVersion version) {
      return read(path, offset, length);
    }

    @Override
    public Reply<byte[]> readlink(RawPath path) {
      return Reply.of(name(0));
    }

    @Override
    public Reply<FileSystemStat> statfs(RawPath path) {
      return Reply.of(new FileSystemStat(4096, 4096, 1, 1, 1, 1, 1, 255));
    }
  }
}
