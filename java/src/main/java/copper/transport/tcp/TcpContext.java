package copper.transport.tcp;

import copper.transport.RpcHandler;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
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

  /** The bytes asked of a socket at once; less would make many short reads of a long answer. */
  private static final int READ = 128 << 10;

  final TcpOptions options;
  final EventLoops loops;
  final Map<String, RpcHandler> handlers = new ConcurrentHashMap<>();
  final AtomicBoolean closed = new AtomicBoolean();
  final SecureRandom random = new SecureRandom();
  private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

  private static final int PAGE = 8 << 10;

  /** 1 MiB chunks, by powers of two of a page. */
  private static final int CHUNK_ORDER = 7;

  /**
   * A small pool, all of it direct: new memory would have to be cleared for every read. A quiet
   * node keeps one chunk.
   */
  private final ByteBufAllocator allocator;

  private final RecvByteBufAllocator reads = new FixedRecvByteBufAllocator(READ);

  TcpContext(TcpOptions options) {
    this.options = options;
    this.loops = new EventLoops(options.threads());
    this.allocator =
        new PooledByteBufAllocator(true, 0, options.threads(), PAGE, CHUNK_ORDER, 0, 0, false);
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
