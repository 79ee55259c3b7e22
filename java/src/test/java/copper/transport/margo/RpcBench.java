package copper.transport.margo;

import copper.codec.PathRequest;
import copper.codec.Rpcs;
import copper.model.RawPath;
import copper.transport.Payload;
import copper.transport.RpcTransport;
import copper.transport.Secret;
import copper.transport.keyed.KeyedTransport;
import copper.transport.tcp.TcpAddress;
import copper.transport.tcp.TcpOptions;
import copper.transport.tcp.TcpTransport;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One side of scripts/bench/rpc.sh: a transport that answers as many bytes as a request of 16 bytes
 * asks for, or one that calls it and prints the median time of a call in microseconds.
 *
 * <p>A caller's next call starts where the last one's future completes, as on a node that passes
 * requests on.
 */
public final class RpcBench {
  private static final String NAME = "copper_ping";
  private static final String KEYED = "keyed+";
  private static final int REQUEST_BYTES = 16;
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  private RpcBench() {}

  /**
   * Arguments: server ADDRESS; or client LISTEN ADDRESS, then BYTES:CALLERS:CALLS any times; or
   * rate LISTEN ADDRESS PER_SECOND, which calls at that rate until standard input ends; or read
   * LISTEN ADDRESS PATH CALLS, which has a node of Copper's send a file.
   */
  public static void main(String[] arguments) throws Exception {
    try (RpcTransport transport = open(arguments[1])) {
      switch (arguments[0]) {
        case "server" -> serve(transport);
        case "rate" -> rate(transport, arguments[2], Integer.parseInt(arguments[3]));
        case "read" -> read(transport, arguments[2], arguments[3], Integer.parseInt(arguments[4]));
        default -> client(transport, arguments);
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // It goes on until the timer is shut down.
  private static void rate(RpcTransport transport, String server, int perSecond) throws Exception {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    if (perSecond > 0) {
      timer.scheduleAtFixedRate(
          () -> transport.call(server, NAME, Payload.of(request(16)), TIMEOUT).join(),
          0,
          1_000_000 / perSecond,
          TimeUnit.MICROSECONDS);
    }
    System.in.transferTo(OutputStream.nullOutputStream());
    timer.shutdownNow();
  }

  private static void read(RpcTransport transport, String node, String path, int calls)
      throws Exception {
    long[] nanos = new long[calls];
    for (int i = -1; i < calls; i++) {
      long begun = System.nanoTime();
      Payload request = new Payload(new PathRequest(false, RawPath.of(path)).encode());
      ByteBuffer answer = transport.call(node, Rpcs.READFILE, request, TIMEOUT).get();
      if (i >= 0) {
        nanos[i] = System.nanoTime() - begun;
      }
      long status = answer.getLong();
      if (status != answer.getLong()) {
        throw new IllegalStateException("no file came");
      }
    }
    Arrays.sort(nanos);
    System.out.printf("%.1f%n", nanos[calls / 2] / 1e6);
  }

  private static void client(RpcTransport transport, String[] arguments) {
    for (String run : Arrays.asList(arguments).subList(3, arguments.length)) {
      String[] numbers = run.split(":", 3);
      int bytes = Integer.parseInt(numbers[0]);
      int callers = Integer.parseInt(numbers[1]);
      int calls = Integer.parseInt(numbers[2]);
      measure(transport, arguments[2], bytes, callers, Math.max(2, calls));
      double median = measure(transport, arguments[2], bytes, callers, calls);
      System.out.printf("%s %.1f%n", run, median);
    }
  }

  /** An address behind "keyed+" is for a node that has a secret, all of them the same. */
  private static RpcTransport open(String address) throws Exception {
    if (address.startsWith(KEYED)) {
      return KeyedTransport.over(
          open(address.substring(KEYED.length())),
          Secret.of(new byte[Secret.MINIMUM_BYTES]),
          Set.of(),
          each -> each.replaceFirst(";\\w+", ""),
          MargoTransport.sha256());
    }
    return address.startsWith("copper+tcp")
        ? TcpTransport.open(TcpOptions.of(TcpAddress.parse(address), null))
        : MargoTransport.open(MargoOptions.of(address));
  }

  private static void serve(RpcTransport transport) throws Exception {
    byte[] zeros = new byte[64 << 20];
    transport.register(
        NAME,
        request -> {
          int wanted = request.payload().getInt(0);
          return CompletableFuture.completedFuture(Payload.of(ByteBuffer.wrap(zeros, 0, wanted)));
        });
    System.out.println("address " + transport.address());
    System.in.transferTo(OutputStream.nullOutputStream());
  }

  private static ByteBuffer request(int bytes) {
    return ByteBuffer.allocate(REQUEST_BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(0, bytes);
  }

  private static double measure(
      RpcTransport transport, String server, int bytes, int callers, int calls) {
    long[] nanos = new long[callers * calls];
    List<CompletableFuture<Void>> all = new ArrayList<>();
    AtomicInteger next = new AtomicInteger();
    for (int i = 0; i < callers; i++) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      all.add(done);
      call(transport, server, bytes, calls, nanos, next, done);
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
    Arrays.sort(nanos);
    return nanos[nanos.length / 2] / 1e3;
  }

  private static void call(
      RpcTransport transport,
      String server,
      int bytes,
      int left,
      long[] nanos,
      AtomicInteger next,
      CompletableFuture<Void> done) {
    if (left == 0) {
      done.complete(null);
      return;
    }
    ByteBuffer request = request(bytes);
    long begun = System.nanoTime();
    var unused =
        transport
            .call(server, NAME, Payload.of(request), TIMEOUT)
            .whenComplete(
                (answer, error) -> {
                  nanos[next.getAndIncrement()] = System.nanoTime() - begun;
                  if (error == null && answer.remaining() == bytes) {
                    call(transport, server, bytes, left - 1, nanos, next, done);
                  } else {
                    done.completeExceptionally(
                        error != null ? error : new IllegalStateException("wrong answer"));
                  }
                });
  }
}
