package copper.transport.tcp;

import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;

/**
 * The serving end of a connection: puts requests together, runs their handlers and sends answers.
 *
 * <p>It stops reading while as many requests as {@link TcpLimits#served} are being served, which
 * lasts until the peer has taken the answers, or while the answers that wait take half of {@link
 * TcpLimits#queued}. So neither a greedy peer nor one that does not read fills this node's memory;
 * what it goes on sending waits in the kernel's buffers and at last on its own side. What had been
 * read by then is served, so that the number may be passed by what fits in one read; an answer that
 * would pass the bytes becomes an error.
 *
 * <p>Confined to the channel's event loop.
 */
final class ServerConnection extends Connection {
  private final LongObjectMap<Served> served = new LongObjectHashMap<>();
  private long requestBytes;

  ServerConnection(TcpContext context, Channel channel, String peer) {
    super(context, channel, peer);
  }

  @Override
  public void request(long id, int timeoutMillis, int length, String name) {
    if (served.containsKey(id)) {
      throw new ProtocolException("the number of a call that is still running");
    }
    RpcHandler handler = context.handlers.get(name);
    if (handler == null) {
      error(id, FrameCodec.NO_SUCH_RPC, "the peer has no RPC of this name");
    } else if (length > context.limits().payload()) {
      String limit = ", more than the peer's limit of " + context.limits().payload();
      error(id, FrameCodec.FAILED, "the request has " + length + " bytes" + limit);
    } else if (!hasRoom(requestBytes, length)) {
      error(id, FrameCodec.OVERLOADED, "the peer has too many requests at work");
    } else {
      long deadline = context.now() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
      Served request = new Served(id, name, handler, length, deadline);
      request.timer =
          channel
              .eventLoop()
              .schedule(() -> timedOut(request), timeoutMillis, TimeUnit.MILLISECONDS);
      served.put(id, request);
      requestBytes += length;
      updateReading();
      handleIfWhole(request);
    }
  }

  private boolean hasRoom(long taken, int length) {
    return length == 0 || taken == 0 || length <= context.limits().queued() - taken;
  }

  private void error(long id, int code, String text) {
    queue.add(OutMessage.error(id, code, text, this::updateReading));
    updateReading();
  }

  @Override
  public void data(long id, ByteBuf bytes) {
    Served request = served.get(id);
    if (request == null) {
      return;
    }
    if (request.request == null) {
      throw new ProtocolException("more data than announced");
    }
    try {
      request.request.add(bytes);
    } catch (OutOfMemoryError e) {
      end(request);
      error(id, FrameCodec.OVERLOADED, "the peer has no memory for the request");
      return;
    }
    handleIfWhole(request);
  }

  private void handleIfWhole(Served request) {
    if (!request.request.isComplete()) {
      return;
    }
    ByteBuffer payload = request.request.finish();
    request.request = null;
    long left = Math.max(0, request.deadline - context.now());
    request.future = handle(request, payload, Duration.ofNanos(left));
    request.future.whenComplete(
        (answer, failure) ->
            EventLoops.tryExecute(channel.eventLoop(), () -> handled(request, answer, failure)));
  }

  private CompletableFuture<Payload> handle(Served request, ByteBuffer payload, Duration left) {
    try {
      CompletableFuture<Payload> future =
          request.handler.handle(new RpcHandler.Request(peer(), payload, left));
      if (future != null) {
        return future;
      }
      return CompletableFuture.failedFuture(
          new IllegalStateException("the handler gave no future"));
    } catch (Throwable t) {
      // Whatever a handler throws is its caller's answer and must not end the event loop's turn.
      return CompletableFuture.failedFuture(t);
    }
  }

  private void handled(Served request, Payload payload, Throwable failure) {
    if (served.get(request.id) != request) {
      return;
    }
    if (failure != null || payload == null) {
      Throwable cause = failure == null ? new IllegalStateException("no answer") : failure;
      TcpContext.LOG.log(Level.FINE, cause, () -> "the handler of " + request.name + " failed");
      endWith(request, FrameCodec.FAILED, text(cause));
      return;
    }
    long length = payload.length();
    if (length > context.limits().payload()) {
      String limit = ", more than the peer's limit of " + context.limits().payload();
      endWith(request, FrameCodec.FAILED, "the answer has " + length + " bytes" + limit);
    } else if (!hasRoom(queue.bytes(), (int) length)) {
      endWith(request, FrameCodec.OVERLOADED, "too many answers wait to be sent");
    } else {
      request.answer = OutMessage.answer(request.id, payload, () -> forget(request));
      queue.add(request.answer);
      updateReading();
    }
  }

  private static String text(Throwable failure) {
    Throwable cause = Failures.cause(failure);
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private void timedOut(Served request) {
    endWith(request, FrameCodec.TIMEOUT, "the peer's handler did not answer in time");
  }

  private void endWith(Served request, int code, String text) {
    end(request);
    error(request.id, code, text);
  }

  @Override
  public void cancel(long id) {
    Served request = served.get(id);
    if (request != null) {
      end(request);
    }
  }

  /** Stops whatever is being done about {@code request}. */
  private void end(Served request) {
    forget(request);
    if (request.answer != null) {
      queue.drop(request.answer);
    }
    if (request.future != null) {
      request.future.cancel(true);
    }
  }

  private void forget(Served request) {
    served.remove(request.id);
    request.timer.cancel(false);
    requestBytes -= request.length;
    updateReading();
  }

  private void updateReading() {
    TcpLimits limits = context.limits();
    boolean read =
        served.size() < limits.served()
            && queue.size() < limits.served()
            && queue.bytes() <= limits.queued() / 2;
    if (read != channel.config().isAutoRead() && channel.isOpen()) {
      channel.config().setAutoRead(read);
    }
  }

  @Override
  void ended(String why) {
    List.copyOf(served.values()).forEach(this::end);
  }

  @Override
  public void answer(long id, int length) {
    throw new IllegalStateException("the decoder lets no answer to this end");
  }

  @Override
  public void failure(long id, int code, String message) {
    throw new IllegalStateException("the decoder lets no error to this end");
  }
}
