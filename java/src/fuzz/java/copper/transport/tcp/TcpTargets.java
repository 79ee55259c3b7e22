package copper.transport.tcp;

import copper.transport.RpcException;
import copper.transport.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;

/** What comes by a TCP connection. */
public final class TcpTargets {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Secret SECRET = Secret.of(new byte[Secret.MINIMUM_BYTES]);

  private TcpTargets() {}

  /** Notes what frames there are, payloads put together. */
  private static final class Events implements FrameSink {
    private final List<String> seen = new ArrayList<>();
    private final StringBuilder data = new StringBuilder();
    private long last;

    private void note(String event) {
      endData();
      seen.add(event);
    }

    private void endData() {
      if (data.length() > 0) {
        seen.add("data of " + last + ": " + data);
        data.setLength(0);
      }
    }

    @Override
    public void request(long id, int timeoutMillis, int length, String name) {
      if (timeoutMillis < 0 || length < 0 || name.isEmpty()) {
        throw new AssertionError(name + " " + timeoutMillis + " " + length);
      }
      note("request " + id + " " + timeoutMillis + " " + length + " " + name);
    }

    @Override
    public void answer(long id, int length) {
      if (length < 0) {
        throw new AssertionError(Integer.toString(length));
      }
      note("answer " + id + " " + length);
    }

    @Override
    public void data(long id, ByteBuf bytes) {
      if (id != last) {
        endData();
      }
      last = id;
      while (bytes.isReadable()) {
        data.append(bytes.readByte()).append(' ');
      }
    }

    @Override
    public void failure(long id, int code, String message) {
      note("failure " + id + " " + code + " " + message);
    }

    @Override
    public void cancel(long id) {
      note("cancel " + id);
    }
  }

  /** Reads frames, at the end that the first byte chooses: whole, and cut into pieces. */
  public static void frames(byte[] input) {
    if (input.length == 0) {
      return;
    }
    boolean server = (input[0] & 1) == 0;
    int piece = 1 + (input[0] >> 1 & 63);
    if (!events(server, input, input.length).equals(events(server, input, piece))) {
      throw new AssertionError("other frames when they arrive in pieces of " + piece);
    }
  }

  private static List<String> events(boolean server, byte[] input, int piece) {
    Events events = new Events();
    FrameDecoder decoder = new FrameDecoder(server, events);
    List<Object> none = new ArrayList<>();
    ByteBuf arrived = Unpooled.buffer(input.length);
    try {
      for (int from = 1; from < input.length; from += piece) {
        arrived.writeBytes(input, from, Math.min(piece, input.length - from));
        int before;
        do { // As Netty does.
          before = arrived.readableBytes();
          decoder.decode(null, arrived, none);
        } while (arrived.isReadable() && arrived.readableBytes() < before);
      }
    } catch (ProtocolException e) {
      events.note(e.getMessage());
    }
    events.endData();
    return events.seen;
  }

  /** Numbers that an attacker could know: then at least the proof keeps him out. */
  private static final class Known extends SecureRandom {
    private static final long serialVersionUID = 1L;

    @Override
    public void nextBytes(byte[] bytes) {
      java.util.Arrays.fill(bytes, (byte) 7);
    }
  }

  private static final SecureRandom KNOWN = new Known();

  /** A channel between two sockets that there are not. */
  private static final class Wire extends EmbeddedChannel {
    @Override
    protected SocketAddress localAddress0() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), 7101);
    }

    @Override
    protected SocketAddress remoteAddress0() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), 7102);
    }
  }

  private static void feed(Wire wire, byte[] input) {
    int piece = input.length > 0 ? 1 + (input[0] & 63) : 1;
    for (int from = 1; from < input.length && wire.isOpen(); from += piece) {
      int length = Math.min(piece, input.length - from);
      wire.writeInbound(Unpooled.copiedBuffer(input, from, length));
    }
    wire.close();
    wire.checkException();
    wire.releaseInbound();
    long sent = 0;
    for (ByteBuf out = wire.readOutbound(); out != null; out = wire.readOutbound()) {
      sent += out.readableBytes();
      out.release();
    }
    if (sent > 2L * Handshake.LONGEST) {
      throw new AssertionError("a stranger was told " + sent + " bytes");
    }
  }

  private static Secret secret(byte[] input) {
    return input.length > 0 && input[0] < 0 ? null : SECRET;
  }

  /** Plays a client that has not the secret; negative first bytes are for nodes without one. */
  public static void serverHandshake(byte[] input) {
    Secret secret = secret(input);
    int[] ends = {0};
    ServerHandshake handshake =
        new ServerHandshake(
            secret,
            KNOWN,
            LONG,
            new ServerHandshake.Listener() {
              @Override
              public void established(ChannelHandlerContext ctx) {
                ends[0]++;
                assertOpen(secret);
                ctx.pipeline().remove(ctx.handler());
              }

              @Override
              public void refused(ChannelHandlerContext ctx, Level level, String why) {
                ends[0]++;
              }
            });
    play(handshake, input, ends);
  }

  private static void assertOpen(Secret secret) {
    if (secret != null) {
      throw new AssertionError("let in without the secret");
    }
  }

  private static void play(HandshakeHandler handshake, byte[] input, int[] ends) {
    Wire wire = new Wire();
    wire.pipeline().addLast(handshake);
    wire.pipeline().fireChannelActive();
    feed(wire, input);
    if (ends[0] != 1) {
      throw new AssertionError("the handshake ended " + ends[0] + " times");
    }
  }

  /** Plays a server that has not the secret. */
  public static void clientHandshake(byte[] input) {
    Secret secret = secret(input);
    int[] ends = {0};
    ClientHandshake handshake =
        new ClientHandshake(
            secret,
            KNOWN,
            LONG,
            new ClientHandshake.Listener() {
              @Override
              public void established(ChannelHandlerContext ctx) {
                ends[0]++;
                assertOpen(secret);
                ctx.pipeline().remove(ctx.handler());
              }

              @Override
              public void refused(RpcException.Kind kind, String why) {
                ends[0]++;
              }
            });
    play(handshake, input, ends);
  }

  /** Reads an address: what is one is printed as it was, but for zeros before the port. */
  public static void address(byte[] input) {
    String text = new String(input, java.nio.charset.StandardCharsets.UTF_8);
    try {
      TcpAddress address = TcpAddress.parse(text);
      if (!TcpAddress.parse(address.toString()).equals(address)) {
        throw new AssertionError(address.toString());
      }
    } catch (IllegalArgumentException e) {
      // As it should be.
    }
  }
}
