package copper.transport.tcp;

import copper.transport.RpcException.Kind;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Makes the connections to one peer, one attempt at a time, with a pause after each that failed.
 *
 * <p>Confined to one event loop.
 */
final class Dialer implements ClientHandshake.Listener {
  /** Who wants the connections; told on the event loop, once per attempt. */
  interface Listener {
    /** Returns a new handler for {@code channel}, which stands. */
    ClientConnection connection(Channel channel);

    /** The attempt succeeded. */
    void connected(ClientConnection connection);

    /** The attempt failed. */
    void failed(Kind kind, String why);
  }

  private final TcpContext context;
  private final EventLoop loop;
  private final TcpAddress address;
  private final Listener listener;
  private final Backoff backoff;
  private boolean dialing;
  private Kind lastKind = Kind.UNREACHABLE;
  private String lastFailure = "";

  Dialer(TcpContext context, EventLoop loop, TcpAddress address, Listener listener) {
    this.context = context;
    this.loop = loop;
    this.address = address;
    this.listener = listener;
    this.backoff = new Backoff(context.options.ticker(), context.random, context.times());
  }

  /** Tells whether an attempt is on its way, of which the listener will hear. */
  boolean isDialing() {
    return dialing;
  }

  /** Starts an attempt unless it is too early for one; returns whether it did. */
  boolean dial() {
    if (backoff.remaining() > 0) {
      return false;
    }
    dialing = true;
    // Nothing below may end the attempt before this method has returned and the caller waits.
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(address.host());
    try {
      if (literal == null || address.host().indexOf('%') >= 0) {
        context.loops.resolver().execute(this::resolve);
      } else {
        InetAddress ip = InetAddress.getByAddress(literal);
        loop.execute(() -> connect(ip));
      }
    } catch (RejectedExecutionException | UnknownHostException e) {
      loop.execute(() -> refused(Kind.UNREACHABLE, e.toString()));
    }
    return true;
  }

  /** Returns why the last attempt failed. */
  Kind lastKind() {
    return lastKind;
  }

  /** Returns how the last attempt failed and when the next is due. */
  String lastFailure() {
    long millis = TimeUnit.NANOSECONDS.toMillis(Math.max(0, backoff.remaining())) + 1;
    return lastFailure + "; the next attempt is due in " + millis + " ms";
  }

  private void resolve() {
    try {
      InetAddress ip = InetAddress.getByName(address.host());
      EventLoops.tryExecute(loop, () -> connect(ip));
    } catch (UnknownHostException e) {
      EventLoops.tryExecute(
          loop, () -> refused(Kind.UNREACHABLE, "no host " + address.host() + " is known"));
    }
  }

  private void connect(InetAddress ip) {
    if (context.closed.get()) {
      refused(Kind.CLOSED, "this node's transport closed");
      return;
    }
    if (context.options.secret() == null && !ip.isLoopbackAddress()) {
      // There it must have one, and if not it is nobody who should hear an RPC's name.
      String why = "this node has no secret, and it is not on this machine; ";
      refused(Kind.DENIED, why + ClientHandshake.SAME_SECRET);
      return;
    }
    NioSocketChannel channel;
    try {
      channel = new NioSocketChannel();
    } catch (ChannelException e) {
      refused(Kind.UNREACHABLE, "no socket: " + e.getCause());
      return;
    }
    context.configure(channel.config());
    channel
        .pipeline()
        .addLast(
            new ClientHandshake(
                context.options.secret(), context.random, context.times().handshake(), this));
    loop.register(channel)
        .addListener(
            registered -> {
              if (registered.isSuccess()) {
                context.track(channel);
                connect(channel, new InetSocketAddress(ip, address.port()));
              } else {
                channel.unsafe().closeForcibly();
                refused(Kind.UNREACHABLE, reason(registered.cause()));
              }
            });
  }

  private void connect(Channel channel, InetSocketAddress target) {
    channel
        .connect(target)
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                channel.close();
                refused(Kind.UNREACHABLE, reason(connected.cause()));
              }
            });
  }

  private static String reason(Throwable cause) {
    if (cause instanceof ConnectTimeoutException) {
      return "no connection in time";
    }
    // Netty appends the address to the text of the exception it wraps.
    Throwable root = cause.getCause() == null ? cause : cause.getCause();
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }

  @Override
  public void established(ChannelHandlerContext handshake) {
    ClientConnection connection = listener.connection(handshake.channel());
    ChannelPipeline pipeline = handshake.pipeline();
    pipeline.addLast(new FrameDecoder(false, connection), connection);
    pipeline.remove(handshake.handler());
    dialing = false;
    backoff.succeeded();
    listener.connected(connection);
  }

  @Override
  public void refused(Kind kind, String why) {
    dialing = false;
    backoff.failed();
    lastKind = kind;
    lastFailure = why;
    listener.failed(kind, why);
  }
}
