package copper.transport;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The RPCs that the transport tests call, in this JVM or in a {@link PeerMain} of its own.
 *
 * <p>Numbers in payloads are little endian.
 */
public final class PeerServices {
  /** Answers what it is sent. */
  public static final String ECHO = "echo";

  /** Answers what it is sent, after as many milliseconds as its first int says. */
  public static final String SLEEP = "sleep";

  /** Never answers. */
  public static final String STALL = "stall";

  /** Answers two ints: how often STALL was called, and how many of these calls were cancelled. */
  public static final String STALLED = "stalled";

  /** Answers as many bytes as its int says, of {@link #pattern}. */
  public static final String SIZED = "sized";

  /** Throws, with its payload as text. */
  public static final String THROW = "throw";

  /** Answers with a failed future, with its payload as text. */
  public static final String FAIL = "fail";

  /** Answers the number of threads in its JVM. */
  public static final String THREADS = "threads";

  /** Answers the milliseconds of timeout it was given, as a long. */
  public static final String TIMEOUT = "timeout";

  private final AtomicInteger stalled = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();

  private PeerServices() {}

  /** Registers all of them at {@code transport}. */
  public static PeerServices register(RpcTransport transport) {
    PeerServices services = new PeerServices();
    transport.register(ECHO, request -> completed(request.payload()));
    transport.register(SLEEP, PeerServices::sleep);
    transport.register(STALL, services::stall);
    transport.register(STALLED, request -> completed(services.counts()));
    transport.register(SIZED, request -> completed(pattern(request.payload().getInt(0))));
    transport.register(
        THROW,
        request -> {
          throw new IllegalStateException(text(request.payload()));
        });
    transport.register(
        FAIL,
        request ->
            CompletableFuture.failedFuture(new IllegalStateException(text(request.payload()))));
    transport.register(
        THREADS, request -> completed(ints(ManagementFactory.getThreadMXBean().getThreadCount())));
    transport.register(
        TIMEOUT,
        request -> {
          ByteBuffer answer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          return completed(answer.putLong(0, request.timeout().toMillis()));
        });
    return services;
  }

  /** Returns how many calls of STALL came. */
  public int stalledCount() {
    return stalled.get();
  }

  /** Returns how many calls of STALL were cancelled. */
  public int cancelledCount() {
    return cancelled.get();
  }

  /** Returns {@code numbers} as a payload. */
  public static ByteBuffer ints(int... numbers) {
    ByteBuffer buffer =
        ByteBuffer.allocate(numbers.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int number : numbers) {
      buffer.putInt(number);
    }
    return buffer.flip();
  }

  /** Returns {@code size} bytes, in a direct buffer, that differ at most places. */
  public static ByteBuffer pattern(int size) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(size);
    int state = size + 1;
    while (buffer.remaining() >= Integer.BYTES) {
      state = state * 1664525 + 1013904223;
      buffer.putInt(state);
    }
    while (buffer.hasRemaining()) {
      buffer.put((byte) 0x5a);
    }
    return buffer.flip();
  }

  private ByteBuffer counts() {
    return ints(stalled.get(), cancelled.get());
  }

  private CompletableFuture<Payload> stall(RpcHandler.Request request) {
    CompletableFuture<Payload> never = new CompletableFuture<>();
    var unused =
        never.whenComplete(
            (answer, error) -> {
              if (never.isCancelled()) {
                cancelled.incrementAndGet();
              }
            });
    stalled.incrementAndGet();
    return never;
  }

  private static CompletableFuture<Payload> sleep(RpcHandler.Request request) {
    int millis = request.payload().getInt(0);
    return new CompletableFuture<Payload>()
        .completeOnTimeout(Payload.of(request.payload()), millis, TimeUnit.MILLISECONDS);
  }

  private static CompletableFuture<Payload> completed(ByteBuffer payload) {
    return CompletableFuture.completedFuture(Payload.of(payload));
  }

  private static String text(ByteBuffer payload) {
    return java.nio.charset.StandardCharsets.UTF_8.decode(payload).toString();
  }
}
