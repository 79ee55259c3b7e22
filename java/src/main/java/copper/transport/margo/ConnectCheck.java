package copper.transport.margo;

import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds out whether anybody listens at a TCP address, by connecting and hanging up.
 *
 * <p>libfabric's TCP provider keeps a core busy for as long as a call waits for a peer that is not
 * there, and tells only at the call's timeout; this costs a packet and tells at once. One thread,
 * made with the first check.
 */
final class ConnectCheck implements AutoCloseable {
  /** An address of Mercury's TCP protocols, which take no names but numbers only. */
  private static final Pattern TCP =
      Pattern.compile(
          "(?:ofi\\+)?(?:tcp|sockets)(?:;[^:/]*)?://([0-9.]+|\\[[0-9a-fA-F:]+\\]):(\\d+)");

  private final Duration timeout;
  private final Set<Attempt> attempts = ConcurrentHashMap.newKeySet();
  private AsynchronousChannelGroup group;
  private boolean closed;

  ConnectCheck(Duration timeout) {
    this.timeout = timeout;
  }

  /** One connection being made. */
  private record Attempt(
      AsynchronousSocketChannel channel, long deadline, CompletableFuture<Void> result) {}

  /** Returns where to connect to for {@code address}, or null if it is not on TCP. */
  static InetSocketAddress socketAddress(String address) {
    Matcher matcher = TCP.matcher(address);
    if (!matcher.matches()) {
      return null;
    }
    try {
      // Numbers only, so nothing is looked up.
      int port = Integer.parseInt(matcher.group(2));
      return new InetSocketAddress(InetAddress.getByName(matcher.group(1)), port);
    } catch (UnknownHostException | IllegalArgumentException e) {
      return null; // Mercury will say what it thinks of it.
    }
  }

  /** Connects; the future fails with {@link Kind#UNREACHABLE}, which completes it elsewhere. */
  CompletableFuture<Void> connect(InetSocketAddress to) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    try {
      AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group());
      Attempt attempt = new Attempt(channel, System.nanoTime() + timeout.toNanos(), result);
      attempts.add(attempt);
      channel.connect(to, to, new Done(attempt));
    } catch (IOException | RuntimeException e) {
      result.completeExceptionally(unreachable(to, e.toString()));
    }
    return result;
  }

  private synchronized AsynchronousChannelGroup group() throws IOException {
    if (closed) {
      throw new IOException("the transport is closed");
    }
    if (group == null) {
      group =
          AsynchronousChannelGroup.withFixedThreadPool(
              1,
              task -> {
                Thread thread = new Thread(task, "copper-margo-connect");
                thread.setDaemon(true);
                return thread;
              });
    }
    return group;
  }

  private static RpcException unreachable(InetSocketAddress to, String why) {
    return new RpcException(
        Kind.UNREACHABLE,
        "nobody listens at " + to.getAddress().getHostAddress() + ":" + to.getPort() + ": " + why);
  }

  /** What follows a connection, made or not. */
  private final class Done implements CompletionHandler<Void, InetSocketAddress> {
    private final Attempt attempt;

    Done(Attempt attempt) {
      this.attempt = attempt;
    }

    @Override
    public void completed(Void nothing, InetSocketAddress to) {
      hangUp(attempt);
      attempt.result().complete(null);
    }

    @Override
    public void failed(Throwable error, InetSocketAddress to) {
      hangUp(attempt);
      attempt.result().completeExceptionally(unreachable(to, String.valueOf(error.getMessage())));
    }
  }

  private void hangUp(Attempt attempt) {
    attempts.remove(attempt);
    try {
      attempt.channel().close();
    } catch (IOException e) {
      // Closed is closed.
    }
  }

  /** Ends the attempts that have taken too long; to be called now and then. */
  void expire(long now) {
    for (Attempt attempt : attempts) {
      if (now - attempt.deadline() >= 0) {
        hangUp(attempt);
      }
    }
  }

  @Override
  public void close() {
    AsynchronousChannelGroup last;
    synchronized (this) {
      closed = true;
      last = group;
    }
    if (last == null) {
      return;
    }
    try {
      last.shutdownNow();
      last.awaitTermination(5, TimeUnit.SECONDS);
    } catch (IOException e) {
      // Its sockets are closed by now or will be.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
