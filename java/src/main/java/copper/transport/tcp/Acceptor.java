package copper.transport.tcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;

/**
 * What takes new connections in: each gets an event loop and the server's end of the handshake.
 *
 * <p>While too many connections are in the handshake, no more are taken from the kernel's queue
 * until one has ended, or the oldest has had {@link #FAIR_MILLIS}, which is then given up: honest
 * nodes need a few milliseconds, so that a burst of them is slowed down a little, and ten thousand
 * connections that say nothing, or hardly anything, hold them up for seconds and not for minutes.
 *
 * <p>Confined to the listening channel's event loop.
 */
final class Acceptor extends ChannelInboundHandlerAdapter implements ServerHandshake.Listener {
  private static final long PAUSE_MILLIS = 1000;

  /** What a connection gets for its handshake however many others want one. */
  private static final long FAIR_MILLIS = 250;

  private static final long FAIR_NANOS = TimeUnit.MILLISECONDS.toNanos(FAIR_MILLIS);

  private final TcpContext context;
  private final int mostConnections;
  private final AtomicInteger connections = new AtomicInteger();

  /** The connections in the handshake, the oldest first, and when each came. */
  private final Map<Channel, Long> handshakes = new LinkedHashMap<>();

  private Channel listening;
  private boolean paused;
  private boolean givingUp;

  Acceptor(TcpContext context) {
    this.context = context;
    this.mostConnections = Math.min(context.limits().connections(), Descriptors.most() / 2);
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
    handshakes.put(channel, context.now());
    updateReading();
    EventLoop loop = context.loops.next();
    loop.register(channel)
        .addListener(
            registered -> {
              if (registered.isSuccess()) {
                context.track(channel);
              } else {
                channel.unsafe().closeForcibly();
                endLater(channel);
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

  private void endLater(Channel channel) {
    EventLoops.tryExecute(
        listening.eventLoop(),
        () -> {
          handshakes.remove(channel);
          updateReading();
        });
  }

  private void updateReading() {
    boolean room = handshakes.size() < context.limits().handshakes();
    boolean read = !paused && room;
    if (read != listening.config().isAutoRead()) {
      listening.config().setAutoRead(read);
    }
    if (!room && !givingUp) {
      givingUp = true;
      Map.Entry<Channel, Long> oldest = handshakes.entrySet().iterator().next();
      long left = oldest.getValue() + FAIR_NANOS - context.now();
      listening.eventLoop().schedule(this::giveUpOld, Math.max(0, left), TimeUnit.NANOSECONDS);
    }
  }

  /** Closes all that have had their fair time, if there is no room for others. */
  private void giveUpOld() {
    givingUp = false;
    long now = context.now();
    if (handshakes.size() >= context.limits().handshakes()) {
      handshakes.entrySet().stream()
          .takeWhile(each -> now - each.getValue() >= FAIR_NANOS)
          .forEach(each -> each.getKey().close());
    }
    updateReading();
  }

  @Override
  public void established(ChannelHandlerContext handshake) {
    endLater(handshake.channel());
    if (connections.incrementAndGet() > mostConnections) {
      connections.decrementAndGet();
      TcpContext.LOG.warning(
          "closed the connection from "
              + peer(handshake)
              + ": there are "
              + mostConnections
              + " already, and descriptors are left for storage");
      handshake.close();
      return;
    }
    handshake.channel().closeFuture().addListener(ended -> connections.decrementAndGet());
    ServerConnection connection =
        new ServerConnection(context, handshake.channel(), peer(handshake));
    ChannelPipeline pipeline = handshake.pipeline();
    pipeline.addLast(new FrameDecoder(true, connection), connection);
    pipeline.remove(handshake.handler());
  }

  @Override
  public void refused(ChannelHandlerContext handshake, Level level, String why) {
    endLater(handshake.channel());
    TcpContext.LOG.log(
        context.closed.get() ? Level.FINE : level,
        () -> "refused a connection from " + peer(handshake) + ": " + why);
  }

  private static String peer(ChannelHandlerContext ctx) {
    InetSocketAddress remote = (InetSocketAddress) ctx.channel().remoteAddress();
    return remote == null ? "an unknown peer" : NetUtil.toSocketAddressString(remote);
  }
}
