package copper.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Waiting, with an end, for what comes about on other threads and in other processes. */
public final class Eventually {
  /** Longer than anything that works takes, on a busy machine too. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  private Eventually() {}

  /** Waits until {@code condition} holds; fails with {@code what} if it does not come to. */
  public static void until(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        fail("still not: " + what);
      }
      Thread.sleep(5);
    }
  }

  /** Returns the answer of {@code call}. */
  public static ByteBuffer answer(CompletableFuture<ByteBuffer> call) throws Exception {
    return call.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Returns how {@code call} failed. */
  public static RpcException failure(CompletableFuture<ByteBuffer> call) {
    ExecutionException e = assertThrows(ExecutionException.class, () -> answer(call));
    return assertInstanceOf(RpcException.class, e.getCause());
  }

  /** Checks that {@code call} fails as {@code kind}; returns how. */
  public static RpcException failure(RpcException.Kind kind, CompletableFuture<ByteBuffer> call) {
    RpcException failure = failure(call);
    assertEquals(kind, failure.kind(), failure.getMessage());
    return failure;
  }
}
