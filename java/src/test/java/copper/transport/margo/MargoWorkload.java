package copper.transport.margo;

import static copper.transport.Eventually.PATIENCE;
import static copper.transport.Eventually.answer;
import static copper.transport.Eventually.failure;
import static copper.transport.Eventually.until;

import copper.transport.Payload;
import copper.transport.PeerServices;
import copper.transport.RpcException.Kind;
import copper.transport.RpcTransport;
import copper.transport.keyed.Sha256;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A program that takes every way through the shim: to be run by a JVM, or with a build of the shim,
 * that looks for mistakes itself. Its arguments are networks; its last line is {@link #DONE}.
 */
public final class MargoWorkload {
  static final String DONE = "the workload is done";

  private static final int LIMIT = 20 << 20;
  private static final int[] SIZES = {0, 1, 4000, 5000, 1 << 20, 10 << 20};

  private MargoWorkload() {}

  /** Runs the program. */
  public static void main(String[] networks) throws Exception {
    for (String network : networks) {
      for (int i = 0; i < 3; i++) {
        run(network);
      }
    }
    System.out.println(DONE);
    System.exit(0);
  }

  private static MargoTransport open(String network) throws Exception {
    return MargoTransport.open(MargoOptions.of(network).withMaxPayload(LIMIT).withPollThreads(2));
  }

  private static void run(String network) throws Exception {
    try (MargoTransport one = open(network);
        MargoTransport two = open(network);
        MargoTransport small =
            MargoTransport.open(MargoOptions.of(network).withMaxPayload(10_000))) {
      PeerServices.register(one);
      PeerServices services = PeerServices.register(two);
      PeerServices.register(small);
      payloads(one, two);
      failures(one, two, small);
      digests();
      manyAtOnce(one, two);
      endsInFlight(one, two, services);
    }
  }

  private static CompletableFuture<ByteBuffer> call(
      RpcTransport from, RpcTransport to, String name, ByteBuffer... parts) {
    return from.call(to.address(), name, Payload.of(parts), PATIENCE);
  }

  private static void payloads(RpcTransport one, RpcTransport two) throws Exception {
    for (int size : SIZES) {
      same(PeerServices.pattern(size), call(one, two, PeerServices.ECHO, parts(size)));
      same(PeerServices.pattern(size), call(two, one, PeerServices.SIZED, PeerServices.ints(size)));
    }
  }

  private static void same(ByteBuffer expected, CompletableFuture<ByteBuffer> call)
      throws Exception {
    if (!expected.equals(answer(call))) {
      throw new IllegalStateException("other bytes than were sent");
    }
  }

  /** A pattern in parts of every kind: direct, of an array, of a slice of one. */
  private static ByteBuffer[] parts(int size) {
    ByteBuffer whole = PeerServices.pattern(size);
    List<ByteBuffer> parts = new ArrayList<>();
    for (int at = 0, i = 0; at < size || i == 0; i++) {
      int length = Math.min(size - at, i < 20 ? size / 40 : size);
      ByteBuffer part = whole.slice(at, length);
      if (i % 2 == 0) {
        byte[] array = new byte[length + 7];
        part.get(0, array, 3, length);
        part = ByteBuffer.wrap(array, 3, length);
      }
      parts.add(part);
      at += length;
    }
    return parts.toArray(ByteBuffer[]::new);
  }

  private static void digests() {
    for (int size : SIZES) {
      Payload payload = Payload.of(parts(size));
      if (!Arrays.equals(Sha256.JAVA.of(payload), MargoTransport.sha256().of(payload))) {
        throw new IllegalStateException("another digest than Java's");
      }
    }
  }

  private static void failures(RpcTransport one, RpcTransport two, RpcTransport small) {
    failure(Kind.NO_SUCH_RPC, call(one, two, "nobody's"));
    failure(Kind.FAILED, call(one, two, PeerServices.FAIL));
    failure(Kind.FAILED, call(one, two, PeerServices.THROW));
    failure(Kind.BAD_MESSAGE, call(one, small, PeerServices.ECHO, ByteBuffer.allocate(20_000)));
    failure(Kind.FAILED, call(small, one, PeerServices.ECHO, ByteBuffer.allocateDirect(20_000)));
    failure(Kind.BAD_MESSAGE, call(small, one, PeerServices.SIZED, PeerServices.ints(20_000)));
    failure(
        Kind.TIMEOUT,
        one.call(two.address(), PeerServices.STALL, Payload.EMPTY, Duration.ofMillis(50)));
    failure(one.call("na+sm://1-77", PeerServices.ECHO, Payload.EMPTY, Duration.ofMillis(50)));
    failure(one.call("no address", PeerServices.ECHO, Payload.EMPTY, Duration.ofMillis(50)));
  }

  /** Only one of two nodes gives calls of the other up, as in a tree; see docs/margo.md. */
  private static void manyAtOnce(RpcTransport one, RpcTransport two) throws Exception {
    List<CompletableFuture<ByteBuffer>> calls = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      CompletableFuture<ByteBuffer> call = call(one, two, PeerServices.ECHO, parts(i * 37));
      if (i % 7 == 0) {
        call.cancel(false);
        call = call(one, one, PeerServices.SIZED, PeerServices.ints(i));
      }
      calls.add(call);
    }
    for (CompletableFuture<ByteBuffer> each : calls) {
      answer(each);
    }
  }

  /** Leaves calls and handlers in flight, in one node that is told to end and in one closed. */
  private static void endsInFlight(MargoTransport one, MargoTransport two, PeerServices services)
      throws Exception {
    int before = services.stalledCount();
    List<CompletableFuture<ByteBuffer>> stalled = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      stalled.add(call(one, two, PeerServices.STALL));
    }
    until("the handlers run", () -> services.stalledCount() == before + 20);
    stalled.get(0).cancel(false);
    CompletableFuture<Void> closed = new CompletableFuture<>();
    two.onShutdown(
        () -> {
          two.close();
          closed.complete(null);
        });
    one.shutdownPeer(two.address(), PATIENCE).get();
    closed.get();
    stalled.subList(1, stalled.size()).forEach(call -> failure(call));
    var unused = call(one, one, PeerServices.STALL);
  }
}
