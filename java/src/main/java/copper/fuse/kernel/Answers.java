package copper.fuse.kernel;

import copper.metrics.Pending;
import copper.model.Errno;
import copper.model.Failures;
import copper.model.RawPath;
import copper.model.Reply;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Answers requests, each exactly once: with what was asked for, when it is there, or with EINTR if
 * the kernel interrupts it first.
 *
 * <p>An answer that was asked for before a reset is asked for anew: the kernel must not hear it
 * after it was told to forget. Whatever goes wrong here is EIO and a line in the log.
 */
final class Answers {
  private static final Logger LOG = Logger.getLogger(Answers.class.getName());

  private final Notifications notifications;
  private final InFlight inFlight = new InFlight();

  /** Belongs to this mount, not to the class: no state outlives it. */
  @SuppressWarnings("ThreadLocalUsage")
  private final ThreadLocal<ReplyBuffer> buffers = ThreadLocal.withInitial(ReplyBuffer::new);

  /** For threads that get no buffer of their own, since no memory is left outside the heap. */
  private final ReplyBuffer spare = new ReplyBuffer();

  Answers(Notifications notifications) {
    this.notifications = notifications;
  }

  /** Writes an answer to the kernel. */
  interface Writer<T> {
    /**
     * Writes {@code reply} with {@code buffer}.
     *
     * @throws RuntimeException before anything is written, if it cannot be written
     */
    void write(ReplyBuffer buffer, Reply<T> reply);
  }

  /** A request with how its answer is found and written. */
  private record Task<T>(
      Request request,
      RawPath path,
      Supplier<CompletableFuture<Reply<T>>> question,
      Writer<T> writer,
      boolean once,
      Runnable afterwards) {}

  /**
   * Answers {@code request} with the reply to {@code question}.
   *
   * @param path what it is about, for the log
   */
  <T> void answer(
      Request request,
      RawPath path,
      Supplier<CompletableFuture<Reply<T>>> question,
      Writer<T> writer) {
    answer(request, path, question, writer, () -> {});
  }

  /** As above; {@code afterwards} runs once the answer has been written. */
  <T> void answer(
      Request request,
      RawPath path,
      Supplier<CompletableFuture<Reply<T>>> question,
      Writer<T> writer,
      Runnable afterwards) {
    begin(new Task<>(request, path, question, writer, false, afterwards));
  }

  /** Answers as {@link #answer} does, with the first reply there is. */
  <T> void answerOnce(
      Request request,
      RawPath path,
      Supplier<CompletableFuture<Reply<T>>> question,
      Writer<T> writer) {
    begin(new Task<>(request, path, question, writer, true, () -> {}));
  }

  /** Returns the requests that are being answered, in no order. */
  List<Pending> pending() {
    return inFlight.pending();
  }

  /** Returns this thread's buffer, which is free until the next answer. */
  ReplyBuffer buffer() {
    return buffers.get();
  }

  /** Answers with an errno alone, or with 0. */
  void error(Request request, int errno) {
    now(request, buffer -> buffer.sendError(request.device(), request.unique(), errno));
  }

  /** Answers with what is known at once. */
  void now(Request request, Consumer<ReplyBuffer> write) {
    if (request.claim()) {
      write.accept(buffers.get());
    }
  }

  /** Ends the request of that number with EINTR; what it asked for goes on for others. */
  void interrupt(long unique) {
    Request request = inFlight.interrupted(unique);
    if (request != null) {
      error(request, Errno.EINTR);
    }
  }

  private <T> void begin(Task<T> task) {
    task.request().about(task.path());
    if (inFlight.add(task.request())) {
      ask(task);
    } else {
      error(task.request(), Errno.EINTR);
      end(task);
    }
  }

  private <T> void ask(Task<T> task) {
    long asked = notifications.epoch();
    CompletableFuture<Reply<T>> answer;
    try {
      answer = task.question().get();
    } catch (RuntimeException | Error e) {
      answer = CompletableFuture.failedFuture(e);
    }
    answer.whenComplete((reply, failure) -> finish(task, asked, reply, failure));
  }

  private <T> void finish(Task<T> task, long asked, Reply<T> reply, Throwable failure) {
    boolean done = true;
    try {
      if (failure != null) {
        fail(task, failure);
      } else if (task.once()) {
        write(task, reply);
      } else {
        done = notifications.ifCurrent(asked, () -> write(task, reply));
      }
    } catch (RuntimeException | Error e) {
      fail(task, e);
    }
    if (done) {
      end(task);
    } else {
      ask(task);
    }
  }

  private void end(Task<?> task) {
    inFlight.remove(task.request());
    task.afterwards().run();
  }

  private <T> void write(Task<T> task, Reply<T> reply) {
    if (task.request().claim()) {
      task.writer().write(buffers.get(), reply);
    }
  }

  private void fail(Task<?> task, Throwable failure) {
    Throwable cause = Failures.cause(failure);
    LOG.log(Level.WARNING, "no answer for " + task.path() + ": " + cause);
    LOG.log(Level.FINE, "no answer for " + task.path(), cause);
    Request request = task.request();
    request.claim();
    failed(request.device(), request.unique());
  }

  /** Answers with EIO, whether or not something was written before it failed: once is enough. */
  void failed(Device device, long unique) {
    ReplyBuffer buffer;
    try {
      buffer = buffers.get();
    } catch (OutOfMemoryError e) {
      synchronized (spare) {
        spare.sendError(device, unique, Errno.EIO);
      }
      return;
    }
    buffer.sendError(device, unique, Errno.EIO);
  }
}
