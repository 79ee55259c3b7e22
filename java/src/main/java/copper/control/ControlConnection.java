package copper.control;

import copper.model.Failures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.logging.Level;
import java.util.logging.Logger;

/** One command on its way: the request, the newest word on its progress, the result. */
final class ControlConnection {
  private static final Logger LOG = Logger.getLogger(ControlConnection.class.getName());

  private static final int LARGEST_REQUEST = 1 << 24;

  private final SocketChannel channel;
  private final ControlServer.Command begin;

  // Guarded by this.
  private ByteBuffer progress;
  private ByteBuffer last;
  private byte kind;
  private boolean gone;

  ControlConnection(SocketChannel channel, ControlServer.Command begin) {
    this.channel = channel;
    this.begin = begin;
  }

  /** Serves it until its end; blocks. */
  void serve(ThreadFactory threads) {
    try (channel) {
      ByteBuffer length = ControlSocket.read(channel, Integer.BYTES);
      int bytes = length == null ? 0 : length.getInt();
      if (bytes < Integer.BYTES || bytes > LARGEST_REQUEST) {
        return;
      }
      ByteBuffer request = ControlSocket.read(channel, bytes);
      if (request == null) {
        return;
      }
      CompletableFuture<ByteBuffer> result = begin(request);
      threads.newThread(() -> awaitEnd(result)).start();
      result.whenComplete(this::end);
      write();
    } catch (IOException e) {
      LOG.log(Level.FINE, "a command was broken off", e);
    }
  }

  private CompletableFuture<ByteBuffer> begin(ByteBuffer request) {
    try {
      return begin.run(request, this::progress);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private synchronized void progress(ByteBuffer word) {
    progress = word;
    notifyAll();
  }

  private synchronized void end(ByteBuffer result, Throwable failure) {
    Throwable cause = Failures.cause(failure);
    kind = failure == null ? ControlSocket.RESULT : ControlSocket.ERROR;
    last =
        failure == null
            ? result
            : ByteBuffer.wrap(String.valueOf(cause.getMessage()).getBytes(StandardCharsets.UTF_8));
    notifyAll();
  }

  /** The other side says nothing more, so it is gone when reading ends. */
  private void awaitEnd(CompletableFuture<ByteBuffer> result) {
    try {
      while (ControlSocket.read(channel, 1) != null) {}
    } catch (IOException e) {
      LOG.log(Level.FINE, "a command's caller is gone", e);
    }
    synchronized (this) {
      gone = true;
      notifyAll();
    }
    result.cancel(false);
  }

  private void write() throws IOException {
    while (true) {
      ByteBuffer next;
      byte nextKind;
      synchronized (this) {
        while (progress == null && last == null && !gone) {
          try {
            wait();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
          }
        }
        if (gone) {
          return;
        }
        next = last != null ? last : progress;
        nextKind = last != null ? kind : ControlSocket.PROGRESS;
        progress = null;
      }
      ByteBuffer head = ByteBuffer.allocate(Integer.BYTES + 1);
      head.putInt(next.remaining()).put(nextKind).flip();
      ControlSocket.write(channel, head, next.duplicate());
      if (nextKind != ControlSocket.PROGRESS) {
        return;
      }
    }
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.log(Level.FINE, "while closing a command's connection", e);
    }
  }
}
