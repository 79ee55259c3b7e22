package copper.transport.tcp;

import copper.transport.LinkState;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The embedded transport: RPCs over TCP, on Netty, without native code.
 *
 * <p>To each peer there is one connection, made by the first call and kept. After a failed attempt
 * to make one, calls fail at once as UNREACHABLE (or DENIED, where the secrets differ) until the
 * next attempt is due, with a wait that doubles from {@link TcpTimes#firstBackOff} to {@link
 * TcpTimes#longestBackOff}. A connection that breaks fails its calls as UNREACHABLE. The timeout
 * covers all of it: name lookup, connecting, handshake, sending, and the peer's work.
 *
 * <p>A call beyond the {@link TcpLimits} fails at once as OVERLOADED. A call that fails at once
 * comes back as a completed future; every other completes on one of the transport's threads. When a
 * call was cancelled or timed out, what has been handed to the socket of its request is still sent.
 *
 * <p>Who may call: whoever holds the same {@link Secret}, or, without one, whoever can reach a
 * loopback address of this machine. See {@link Handshake} for what that protects against.
 */
public final class TcpTransport implements RpcTransport {
  private static final int BACKLOG = 4096;
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

  private final TcpContext context;
  private final String address;
  private final Map<String, PeerLink> links = new ConcurrentHashMap<>();

  private TcpTransport(TcpContext context, String address) {
    this.context = context;
    this.address = address;
  }

  /**
   * Starts to listen; looks the bind host up, which may block.
   *
   * @throws IOException with one line that names the address and what to do
   */
  public static TcpTransport open(TcpOptions options) throws IOException {
    InetAddress host = bindHost(options);
    TcpContext context = new TcpContext(options);
    try {
      int port = listen(context, host);
      if (options.secret() != null) {
        // The first use of a Mac takes a tenth of a second, which no peer need wait for.
        context.loops.next().execute(() -> options.secret().mac());
      }
      TcpAddress said = options.advertised() == null ? options.bind() : options.advertised();
      return new TcpTransport(context, (said.port() == 0 ? said.withPort(port) : said).toString());
    } catch (IOException | RuntimeException | Error e) {
      context.loops.shutDown(CLOSE_LIMIT);
      throw e;
    }
  }

  private static InetAddress bindHost(TcpOptions options) throws IOException {
    TcpAddress bind = options.bind();
    InetAddress host;
    try {
      host = InetAddress.getByName(bind.host());
    } catch (UnknownHostException e) {
      throw new IOException("cannot listen on " + bind + ": no host of this name is known", e);
    }
    if (options.secret() == null && !host.isLoopbackAddress()) {
      throw new IOException(
          "cannot listen on "
              + bind
              + " without a secret, for others than this machine's users could call it: name one"
              + " with -secret_file or COPPER_SECRET_FILE, or take a loopback address");
    }
    if (options.advertised() == null && host.isAnyLocalAddress()) {
      throw new IOException(
          "cannot listen on "
              + bind
              + " alone, for no other node can call that address: name one of this node");
    }
    return host;
  }

  private static int listen(TcpContext context, InetAddress host) throws IOException {
    TcpAddress bind = context.options.bind();
    NioServerSocketChannel channel = new NioServerSocketChannel();
    channel.config().setBacklog(BACKLOG).setReuseAddress(true);
    channel.pipeline().addLast(new Acceptor(context));
    ChannelFuture listening = context.loops.next().register(channel).awaitUninterruptibly();
    if (listening.isSuccess()) {
      context.track(channel);
      listening = channel.bind(new InetSocketAddress(host, bind.port())).awaitUninterruptibly();
    }
    if (!listening.isSuccess()) {
      Throwable cause = listening.cause();
      channel.close().awaitUninterruptibly();
      throw new IOException("cannot listen on " + bind + ": " + reason(cause), cause);
    }
    return channel.localAddress().getPort();
  }

  private static String reason(Throwable cause) {
    String text = String.valueOf(cause.getMessage());
    if (cause instanceof BindException && text.contains("in use")) {
      return "the address is in use; end what listens there, or take another port";
    }
    if (cause instanceof BindException && text.contains("assign")) {
      return "this machine has no such address";
    }
    return text;
  }

  @Override
  public String address() {
    return address;
  }

  @Override
  public void register(String name, RpcHandler handler) {
    FrameCodec.name(name);
    Objects.requireNonNull(handler);
    if (context.closed.get()) {
      throw new IllegalStateException("the transport " + address + " is closed");
    }
    if (context.handlers.putIfAbsent(name, handler) != null) {
      throw new IllegalStateException("an RPC " + name + " is registered already");
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the name is empty or longer than 255 bytes
   */
  @Override
  public CompletableFuture<ByteBuffer> call(
      String peer, String name, Payload request, Duration timeout) {
    if (context.closed.get()) {
      return failed(Kind.CLOSED, "RPC " + name + " to " + peer + ": this node's transport closed");
    }
    PeerLink link;
    try {
      link = links.computeIfAbsent(peer, this::link);
    } catch (IllegalArgumentException e) {
      return failed(Kind.UNREACHABLE, "RPC " + name + ": " + e.getMessage());
    }
    return link.call(name, request, timeout);
  }

  @Override
  public List<LinkState> links() {
    return links.values().stream().map(PeerLink::state).toList();
  }

  private PeerLink link(String peer) {
    TcpAddress parsed = TcpAddress.parse(peer);
    if (parsed.port() == 0) {
      throw new IllegalArgumentException(
          "nobody can be called at " + peer + ", for it has no port");
    }
    return new PeerLink(context, parsed);
  }

  private static CompletableFuture<ByteBuffer> failed(Kind kind, String why) {
    return CompletableFuture.failedFuture(new RpcException(kind, why));
  }

  @Override
  public void close() {
    if (!context.closed.compareAndSet(false, true)) {
      return;
    }
    links.values().forEach(PeerLink::close);
    context.closeChannels(CLOSE_LIMIT);
    if (!context.loops.shutDown(CLOSE_LIMIT)) {
      TcpContext.LOG.fine("the transport " + address + " closed before its threads ended");
    }
    links.values().forEach(PeerLink::failRest);
    context.handlers.clear();
  }

  @Override
  public String toString() {
    return address;
  }
}
