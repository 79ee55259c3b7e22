package copper.transport.tcp;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of one transport: its event loops, and up to two that look host names up, which only
 * live while there is something to look up.
 *
 * <p>No Netty event loop group, because closing one starts the process-wide thread of {@code
 * GlobalEventExecutor}, which would outlive the transport.
 */
final class EventLoops {
  private static final int RESOLVERS = 2;
  private static final int RESOLVER_IDLE_SECONDS = 2;

  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
  private final EventLoop[] loops;
  private final ThreadPoolExecutor resolver;
  private final AtomicInteger turn = new AtomicInteger();

  /** Makes {@code count} loops; their threads start with their first task. */
  EventLoops(int count) {
    ThreadFactory factory = remembering(new DefaultThreadFactory("copper-tcp", true));
    loops = new EventLoop[count];
    for (int i = 0; i < count; i++) {
      loops[i] = new SingleThreadIoEventLoop(null, factory, NioIoHandler.newFactory());
    }
    resolver =
        new ThreadPoolExecutor(
            RESOLVERS,
            RESOLVERS,
            RESOLVER_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            remembering(new DefaultThreadFactory("copper-tcp-resolver", true)));
    resolver.allowCoreThreadTimeOut(true);
  }

  private ThreadFactory remembering(ThreadFactory factory) {
    return task -> {
      Thread thread = factory.newThread(task);
      threads.removeIf(old -> old.getState() == Thread.State.TERMINATED);
      threads.add(thread);
      return thread;
    };
  }

  /** Returns one of the loops, each in its turn. */
  EventLoop next() {
    return loops[Math.floorMod(turn.getAndIncrement(), loops.length)];
  }

  /** Returns the loop that new connections are accepted on. */
  EventLoop first() {
    return loops[0];
  }

  /** Returns where host names are looked up, which blocks. */
  ExecutorService resolver() {
    return resolver;
  }

  /** Runs {@code task} on {@code loop} unless that has ended; returns whether it will run. */
  static boolean tryExecute(EventLoop loop, Runnable task) {
    try {
      loop.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /**
   * Ends every loop, which closes its channels, and waits for the threads' end.
   *
   * <p>The first goes first, for it hands new connections to the others.
   *
   * @return whether all ended in time; false when called on one of them, without a wait
   */
  boolean shutDown(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    boolean wait = !threads.contains(Thread.currentThread());
    boolean ended = wait;
    resolver.shutdownNow();
    try {
      for (EventLoop loop : loops) {
        // Nobody listens to the future, so that Netty needs no thread to complete it on.
        var unused = loop.shutdownGracefully(0, limit.toMillis(), TimeUnit.MILLISECONDS);
        if (wait) {
          loop.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
      }
      for (Thread thread : wait ? threads : List.<Thread>of()) {
        thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
        ended &= !thread.isAlive();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      ended = false;
    }
    return ended;
  }
}
