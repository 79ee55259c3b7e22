package copper.fuse.kernel;

import copper.model.Errno;
import copper.storage.MayBlock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The threads that read the kernel's requests, each from a device of its own.
 *
 * <p>A few wait for requests when they come several at once, and one alone when each comes after
 * the last: it is awake more often and finds the processor's caches as it left them. It need not be
 * replaced for an answer that is at hand. Before it waits for storage, or when there is a further
 * request already, another takes its place; so there are as many threads as requests that wait
 * there, up to a bound. Those that are too many rest, and after a while end. The one that rested
 * least is taken first, so that the others' memory stays unused.
 */
final class Workers {
  private static final Logger LOG = Logger.getLogger(Workers.class.getName());

  private static final int MOST_THREADS = 128;
  private static final int MOST_READERS = 8;
  private static final int REST_SECONDS = 5;

  /** So many failures of these threads, with no request read in between, and the mount is lost. */
  private static final int MOST_FAILURES = 100;

  /** A name, a link's target, or as many forgotten nodes as the kernel passes in one. */
  private static final int REQUEST_BYTES = 32 << 10;

  private final Device device;
  private final Handler handler;

  /** What is done about a request. */
  interface Handler {
    /** Takes the request of {@code length} bytes in {@code memory}, which came from the device. */
    void handle(Device from, NativeMemory memory, int length);
  }

  /** How many requests must come one after the other until one thread is enough for them. */
  private static final int IN_A_ROW = 64;

  /** How many threads wait for requests when they come several at once. */
  private final int most;

  /** How many threads wait for requests when there is nothing to do. */
  private volatile int enough;

  /** Requests since the last that came while another was being answered, or waited for storage. */
  private final AtomicInteger inRow = new AtomicInteger();

  /** Threads that answer a request at the moment. */
  private final AtomicInteger answering = new AtomicInteger();

  /** Those that wait for requests, or are about to. */
  private final AtomicInteger reading = new AtomicInteger();

  private final AtomicInteger failures = new AtomicInteger();

  private final CountDownLatch end = new CountDownLatch(1);

  // Guarded by this.
  private final Deque<Worker> resting = new ArrayDeque<>();
  private int threads;
  private int started;
  private boolean ended;

  /**
   * Makes workers that do not run yet.
   *
   * @param device the mount's first; closed when the last thread has ended
   * @param handler answers requests, on any thread, several at once
   */
  Workers(Device device, Handler handler) {
    this.device = device;
    this.handler = handler;
    // As many as can run at once, and one so that the last need not be waited for.
    this.most = Math.min(MOST_READERS, Runtime.getRuntime().availableProcessors() + 1);
    this.enough = most;
  }

  /** Starts reading requests. */
  void start() {
    addReader();
  }

  /** Waits until the file system is unmounted and every thread has ended, or can do no more. */
  void awaitEnd() throws InterruptedException {
    end.await();
  }

  /** Waits for the end, and returns whether it came in time. */
  boolean awaitEnd(long seconds) throws InterruptedException {
    return end.await(seconds, TimeUnit.SECONDS);
  }

  private synchronized void addReader() {
    if (ended) {
      return;
    }
    Worker worker = resting.pollFirst();
    if (worker != null) {
      reading.incrementAndGet();
      worker.permit.release();
    } else if (threads < MOST_THREADS) {
      startAnother();
    }
  }

  private void startAnother() {
    Device own = threads == 0 ? device : device.another();
    reading.incrementAndGet();
    threads++;
    try {
      new Worker(own, started++).start();
    } catch (OutOfMemoryError e) {
      if (threads == 1) {
        throw e;
      }
      // The system has no thread left. Those that are there read on when they have answered.
      reading.decrementAndGet();
      threads--;
      if (own != device) {
        own.close();
      }
      LOG.warning("no further thread for the kernel's requests: " + e.getMessage());
    }
  }

  /** Tells whether a thread waits for requests, or is about to, or the mount has ended. */
  boolean areReading() {
    return reading.get() > 0 || hasEnded();
  }

  /** Notes that a thread has a request to answer. */
  private void begin() {
    if (answering.incrementAndGet() > 1) {
      expectSeveral();
    } else if (inRow.incrementAndGet() == IN_A_ROW) {
      enough = 1;
    }
  }

  /** Has as many threads wait for requests from now on as can be of use. */
  private void expectSeveral() {
    inRow.set(0);
    enough = most;
  }

  /** Becomes a reader, unless there are enough. */
  private boolean joinReaders() {
    int readers = reading.get();
    while (readers < enough) {
      if (reading.compareAndSet(readers, readers + 1)) {
        return true;
      }
      readers = reading.get();
    }
    return false;
  }

  /** The file system is gone: wakes those that rest, so that they end. */
  private synchronized void end() {
    ended = true;
    resting.forEach(worker -> worker.permit.release());
    resting.clear();
  }

  private synchronized boolean hasEnded() {
    return ended;
  }

  private synchronized boolean rest(Worker worker) {
    if (!ended) {
      resting.addFirst(worker);
    }
    return !ended;
  }

  private synchronized boolean stopsResting(Worker worker) {
    return resting.remove(worker);
  }

  private synchronized void leave(Worker worker) {
    threads--;
    if (worker.own != device) {
      worker.own.close();
    }
    if (threads == 0) {
      device.close();
      end.countDown();
    }
  }

  private final class Worker extends Thread implements MayBlock {
    private final Device own;
    private final Semaphore permit = new Semaphore(0);
    private final NativeMemory memory = NativeMemory.allocate(REQUEST_BYTES);

    private Worker(Device own, int number) {
      super("copper-fuse-" + number);
      this.own = own;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        boolean goesOn = true;
        while (goesOn) {
          goesOn = readOne() && (joinReaders() || isWoken());
        }
      } finally {
        leave(this);
      }
    }

    /** Reads one request and has it answered; false at the end of the mount. */
    private boolean readOne() {
      int length;
      int others;
      try {
        length = own.read(memory);
      } catch (RuntimeException | Error e) {
        return bears(e);
      } finally {
        others = reading.decrementAndGet();
      }
      if (length <= 0) {
        return isWorthTrying(-length);
      }
      failures.setPlain(0);
      begin();
      if (others == 0 && own.isReadable()) {
        replace();
      }
      try {
        handler.handle(own, memory, length);
      } catch (RuntimeException | Error e) {
        LOG.log(Level.SEVERE, "a request failed inside the node", e);
      } finally {
        answering.decrementAndGet();
      }
      return true;
    }

    /** Tries again, unless that is of no use: then the mount must go, or whoever uses it hangs. */
    private boolean bears(Throwable failure) {
      boolean last = failures.incrementAndGet() >= MOST_FAILURES;
      LOG.log(Level.SEVERE, "the kernel's requests cannot be read", failure);
      if (last) {
        end();
        end.countDown();
      }
      return !last;
    }

    private void replace() {
      expectSeveral();
      addReader();
    }

    /** Somebody must read further requests meanwhile, interrupts above all. */
    @Override
    public boolean prepareToBlock() {
      if (reading.get() == 0) {
        replace();
      }
      return reading.get() > 0;
    }

    /** ENOENT: whoever asked has gone before we could read it; ENODEV: unmounted. */
    private boolean isWorthTrying(int errno) {
      if (errno == Errno.ENOENT || errno == Errno.EINTR || errno == Errno.EAGAIN) {
        return true;
      }
      if (errno != Errno.ENODEV && !hasEnded()) {
        LOG.warning("reading requests ended with " + Errno.name(errno));
      }
      end();
      return false;
    }

    /** Rests until this thread is needed; false when it was not for a while, or never will be. */
    private boolean isWoken() {
      if (!rest(this)) {
        return false;
      }
      if (reading.get() == 0) {
        addReader();
      }
      try {
        while (!permit.tryAcquire(REST_SECONDS, TimeUnit.SECONDS)) {
          // Closed, a device would fail the requests that were read from it.
          if (!own.isAwaited() && stopsResting(this)) {
            return false;
          }
        }
        return !hasEnded();
      } catch (InterruptedException e) {
        interrupt();
        return false;
      }
    }
  }
}
