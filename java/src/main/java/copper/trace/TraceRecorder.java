package copper.trace;

import copper.model.Errno;
import copper.model.RawPath;
import copper.model.Reply;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Notes requests as they are answered, and has a thread of its own write them down.
 *
 * <p>Whoever asks never waits for the writing: a request that does not fit the bounded queue, or
 * comes after the most a trace may have, is counted and left out.
 */
public final class TraceRecorder implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(TraceRecorder.class.getName());

  /** Requests that wait for being written; each is some hundred bytes. */
  private static final int QUEUE = 1 << 16;

  /** The longest trace: a job that runs for days must not fill a disk. */
  static final long MOST_REQUESTS = 4_000_000;

  /** What was written is made readable after so long without a request. */
  private static final long IDLE_MILLIS = 100;

  private final BlockingQueue<TraceEntry> queue = new LinkedBlockingQueue<>(QUEUE);
  private final AtomicLong dropped = new AtomicLong();
  private final TraceWriter writer;
  private final LongSupplier nanos;
  private final LongSupplier callsOfThread;
  private final long began;
  private final Thread thread;
  private volatile boolean closing;

  /**
   * Begins a recording.
   *
   * @param target the directory that is mirrored
   * @param nanos the time, in ns
   * @param callsOfThread how many calls of storage the current thread has made
   * @throws IOException if {@code file} cannot be made
   */
  public TraceRecorder(Path file, RawPath target, LongSupplier nanos, LongSupplier callsOfThread)
      throws IOException {
    this.writer = new TraceWriter(file, target);
    this.nanos = nanos;
    this.callsOfThread = callsOfThread;
    this.began = nanos.getAsLong();
    this.thread = new Thread(this::write, "copper-trace");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Asks, and notes it when the answer is there.
   *
   * @param outline describes an answer that is no failure
   * @param ask is called once, on this thread; its answer is returned
   */
  public <T> CompletableFuture<Reply<T>> record(
      Operation operation,
      RawPath path,
      long offset,
      int length,
      Function<T, TraceEntry.Answer> outline,
      Supplier<CompletableFuture<Reply<T>>> ask) {
    long start = nanos.getAsLong();
    long calls = callsOfThread.getAsLong();
    CompletableFuture<Reply<T>> answer = ask.get();
    // A thread that may block reads storage itself, and its answer is there at once too.
    boolean cached = answer.isDone() && callsOfThread.getAsLong() == calls;
    answer.whenComplete(
        (reply, failure) ->
            add(
                new TraceEntry(
                    TimeUnit.NANOSECONDS.toMicros(start - began),
                    TimeUnit.NANOSECONDS.toMicros(nanos.getAsLong() - start),
                    operation,
                    cached,
                    path,
                    offset,
                    length,
                    describe(reply, failure, outline))));
    return answer;
  }

  private static <T> TraceEntry.Answer describe(
      Reply<T> reply, Throwable failure, Function<T, TraceEntry.Answer> outline) {
    if (failure != null) {
      return TraceEntry.Answer.failure(Errno.EIO);
    }
    return reply.ok() ? outline.apply(reply.value()) : TraceEntry.Answer.failure(reply.errno());
  }

  private void add(TraceEntry entry) {
    if (!queue.offer(entry)) {
      dropped.incrementAndGet();
    }
  }

  private void write() {
    try {
      // What is in the queue when the end is told is still written.
      for (boolean last = closing; !last || !queue.isEmpty(); last = closing) {
        TraceEntry entry = queue.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        if (entry == null) {
          writer.flush();
        } else if (writer.requests() < MOST_REQUESTS) {
          writer.write(entry);
        } else {
          dropped.incrementAndGet();
        }
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "the trace cannot be written: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes what is left, and completes the file. */
  @Override
  public void close() throws IOException {
    closing = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the trace was written");
    }
    writer.addDropped(dropped.get());
    if (dropped.get() > 0) {
      LOG.warning("the trace lacks " + dropped.get() + " requests; they came too fast or too late");
    }
    writer.close();
  }
}
