package copper.transport.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;

/**
 * What takes new connections in: each gets an event loop and the server's end of the handshake.
 *
 * <p>While too many connections are in the handshake, no more are taken from the kernel's queue: a
 * burst of honest nodes is slowed down a little, and who connects and says nothing is gone after
 * the handshake's time limit.
 *
 * <p>Confined to the listening channel's event loop.
 */
final class Acceptor extends ChannelInboundHandlerAdapter implements ServerHandshake.Listener {
  private static final long PAUSE_MILLIS = 200;

  private final TcpContext context;
  private Channel listening;
  private int handshakes;
  private boolean paused;

  Acceptor(TcpContext context) {
    this.context = context;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    listening = ctx.channel();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    SocketChannel channel = (SocketChannel) message;
    if (context.closed.get()) {
      channel.unsafe().closeForcibly();
      return;
    }
    context.configure(channel.config());
    channel
        .pipeline()
        .addLast(
            new ServerHandshake(
                context.options.secret(), context.random, context.times().handshake(), this));
    count(1);
    EventLoop loop = context.loops.next();
    loop.register(channel)
        .addListener(
            registered -> {
              if (registered.isSuccess()) {
                context.track(channel);
              } else {
                channel.unsafe().closeForcibly();
                countLater(-1);
              }
            });
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Usually "Too many open files", which trying again at once would not mend.
    TcpContext.LOG.warning("cannot accept connections for a moment: " + cause);
    paused = true;
    updateReading();
    ctx.executor()
        .schedule(
            () -> {
              paused = false;
              updateReading();
            },
            PAUSE_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  private void countLater(int change) {
    EventLoops.tryExecute(listening.eventLoop(), () -> count(change));
  }

  private void count(int change) {
    handshakes += change;
    updateReading();
  }

  private void updateReading() {
    boolean read = !paused && handshakes < context.limits().handshakes();
    if (read != listening.config().isAutoRead()) {
      listening.config().setAutoRead(read);
    }
  }

  @Override
  public void established(ChannelHandlerContext handshake) {
    countLater(-1);
    ServerConnection connection =
        new ServerConnection(context, handshake.channel(), peer(handshake));
    ChannelPipeline pipeline = handshake.pipeline();
    pipeline.addLast(new FrameDecoder(true, connection), connection);
    pipeline.remove(handshake.handler());
  }

  @Override
  public void refused(ChannelHandlerContext handshake, Level level, String why) {
    countLater(-1);
    TcpContext.LOG.log(
        context.closed.get() ? Level.FINE : level,
        () -> "refused a connection from " + peer(handshake) + ": " + why);
  }

  private static String peer(ChannelHandlerContext ctx) {
    InetSocketAddress remote = (InetSocketAddress) ctx.channel().remoteAddress();
    return remote == null ? "an unknown peer" : NetUtil.toSocketAddressString(remote);
  }
}
