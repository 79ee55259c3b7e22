package copper.transport.tcp;

import copper.transport.RpcHandler;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannelConfig;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;

/** What the parts of one transport share. For any thread. */
final class TcpContext {
  static final Logger LOG = Logger.getLogger(TcpTransport.class.getName());

  private static final int LOW_WATER = 128 << 10;
  private static final int HIGH_WATER = 256 << 10;
  private static final int SMALLEST_READ = 512;
  private static final int FIRST_READ = 2 << 10;
  private static final int LARGEST_READ = 128 << 10;

  final TcpOptions options;
  final EventLoops loops;
  final Map<String, RpcHandler> handlers = new ConcurrentHashMap<>();
  final AtomicBoolean closed = new AtomicBoolean();
  final SecureRandom random = new SecureRandom();
  private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

  /** Pools would keep memory that a quiet node does not need; malloc is quick enough. */
  private final ByteBufAllocator allocator = new UnpooledByteBufAllocator(true);

  private final RecvByteBufAllocator reads =
      new AdaptiveRecvByteBufAllocator(SMALLEST_READ, FIRST_READ, LARGEST_READ);

  TcpContext(TcpOptions options) {
    this.options = options;
    this.loops = new EventLoops(options.threads());
  }

  TcpLimits limits() {
    return options.limits();
  }

  TcpTimes times() {
    return options.times();
  }

  long now() {
    return options.ticker().read();
  }

  /** Has {@link #closeChannels} close {@code channel}, which is registered, now if that has run. */
  void track(Channel channel) {
    channels.add(channel);
    channel.closeFuture().addListener(ended -> channels.remove(channel));
    if (closed.get()) {
      channel.close();
    }
  }

  /** Closes every channel there is and will be, and waits a while unless on an event loop. */
  void closeChannels(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    for (Channel channel : channels) {
      channel.close();
    }
    if (!loops.isCurrent()) {
      for (Channel channel : channels) {
        channel.closeFuture().awaitUninterruptibly(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    }
  }

  /** Sets what every connection, made or accepted, is set to. */
  void configure(SocketChannelConfig config) {
    config
        .setTcpNoDelay(true)
        .setKeepAlive(true)
        .setAllocator(allocator)
        .setRecvByteBufAllocator(reads)
        .setWriteBufferWaterMark(new WriteBufferWaterMark(LOW_WATER, HIGH_WATER));
    config.setOption(
        ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) options.times().connect().toMillis());
  }
}
