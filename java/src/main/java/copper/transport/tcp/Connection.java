package copper.transport.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;

/**
 * What both ends of a connection have in common after the handshake: a queue of messages to send,
 * and an eye on a peer that sends nonsense or takes nothing.
 *
 * <p>Confined to the channel's event loop.
 */
abstract class Connection extends ChannelInboundHandlerAdapter implements FrameSink {
  final TcpContext context;
  final Channel channel;
  final FrameQueue queue;
  private final String peer;
  private ScheduledFuture<?> stalled;
  private String why = "the peer closed the connection";

  Connection(TcpContext context, Channel channel, String peer) {
    this.context = context;
    this.channel = channel;
    this.peer = peer;
    this.queue = new FrameQueue(channel);
  }

  /** Returns who is at the other end, for people. */
  final String peer() {
    return peer;
  }

  /** The connection has ended; {@code why} says what happened. Called once. */
  abstract void ended(String why);

  /** Ends the connection and keeps {@code reason} for the calls that fail by it. */
  final void close(String reason) {
    why = reason;
    channel.close();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (stalled != null) {
      stalled.cancel(false);
      stalled = null;
    }
    if (channel.isWritable()) {
      queue.schedule();
    } else {
      stalled =
          channel
              .eventLoop()
              .schedule(this::stalled, context.times().stall().toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void stalled() {
    String reason = "took nothing for " + context.times().stall().toMillis() + " ms";
    TcpContext.LOG.warning("closed the connection with " + peer + ": it " + reason);
    close("the peer " + reason);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof ProtocolException) {
      TcpContext.LOG.warning(
          "closed the connection with " + peer + ": it sent " + cause.getMessage());
      close("the peer sent " + cause.getMessage());
    } else if (cause instanceof IOException) {
      close("the connection broke: " + cause.getMessage());
    } else {
      TcpContext.LOG.log(Level.WARNING, "closed the connection with " + peer, cause);
      close("the connection failed: " + cause);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (stalled != null) {
      stalled.cancel(false);
    }
    queue.clear();
    ended(why);
  }
}
