package copper.transport.tcp;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
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

  /** Tells whether this is called on one of the threads, which must not wait for themselves. */
  boolean isCurrent() {
    return threads.contains(Thread.currentThread());
  }

  /**
   * Ends every loop, and waits for the threads' end unless called on one of them.
   *
   * <p>Channels must be closed before: a loop told to end while it runs its tasks would leave them
   * open.
   *
   * @return whether all ended in time
   */
  boolean shutDown(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    resolver.shutdownNow();
    for (EventLoop loop : loops) {
      // Nobody listens to the future, so that Netty needs no thread to complete it on.
      var unused = loop.shutdownGracefully(0, limit.toMillis(), TimeUnit.MILLISECONDS);
    }
    if (isCurrent()) {
      return false;
    }
    threads.forEach(thread -> join(thread, end));
    return threads.stream().noneMatch(Thread::isAlive);
  }

  private static void join(Thread thread, long end) {
    boolean interrupted = false;
    long left = end - System.nanoTime();
    while (thread.isAlive() && left > 0) {
      try {
        thread.join(1 + left / 1_000_000);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = end - System.nanoTime();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
