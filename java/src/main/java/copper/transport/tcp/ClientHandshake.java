package copper.transport.tcp;

import copper.transport.RpcException.Kind;
import copper.transport.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;

/**
 * The connecting end of the handshake.
 *
 * <p>Messages for people speak of the peer as {@code it}; the listener says which one.
 */
final class ClientHandshake extends HandshakeHandler {
  /** Who wants to know how it ends; told once, on the event loop. */
  interface Listener {
    /** The connection may carry calls; no handler but the handshake's is in its pipeline. */
    void established(ChannelHandlerContext handshake);

    /** The connection is being closed; {@code why} completes "PEER cannot be reached: ". */
    void refused(Kind kind, String why);
  }

  static final String SAME_SECRET =
      "start all nodes of a job with the same -secret_file (or COPPER_SECRET_FILE)";

  private final Secret secret;
  private final Listener listener;
  private final byte[] nonce = new byte[Handshake.NONCE_BYTES];
  private byte[] serverNonce;

  ClientHandshake(Secret secret, SecureRandom random, Duration limit, Listener listener) {
    super(limit);
    this.secret = secret;
    this.listener = listener;
    random.nextBytes(nonce);
  }

  @Override
  void start(ChannelHandlerContext ctx) {
    Channel channel = ctx.channel();
    // Linux connects a socket to itself when it tries a free port of its own ephemeral range.
    if (channel.localAddress().equals(channel.remoteAddress())) {
      fail(ctx, "nobody listens there");
    } else {
      ctx.writeAndFlush(
          Handshake.opening(ctx.alloc(), Handshake.HELLO, secret != null, nonce),
          ctx.voidPromise());
    }
  }

  @Override
  int length(int type) {
    return switch (type) {
      case Handshake.CHALLENGE -> serverNonce == null ? Handshake.OPENING_BYTES : 0;
      case Handshake.SERVER_PROOF ->
          serverNonce == null ? 0 : Handshake.PREFIX_BYTES + Handshake.PROOF_BYTES;
      case Handshake.REFUSAL -> Handshake.PREFIX_BYTES + 1;
      default -> 0;
    };
  }

  @Override
  void message(ChannelHandlerContext ctx, int version, int type, ByteBuf in) {
    if (type == Handshake.REFUSAL) {
      refused(ctx, version, in.readUnsignedByte());
    } else if (type == Handshake.CHALLENGE) {
      challenged(ctx, in);
    } else {
      proven(ctx, in);
    }
  }

  private void challenged(ChannelHandlerContext ctx, ByteBuf in) {
    int flag = in.readUnsignedByte();
    if (flag > 1) {
      fail(ctx, "it says neither that it has a secret nor that it has none");
      return;
    }
    boolean secretThere = flag == 1;
    serverNonce = bytes(in, Handshake.NONCE_BYTES);
    if (secretThere != (secret != null)) {
      deny(ctx, (secretThere ? "this node" : "it") + " has no secret; " + SAME_SECRET);
    } else if (secret == null) {
      establish(ctx);
    } else {
      byte[] proof =
          Handshake.prove(secret, Handshake.CLIENT_PROOF, nonce, serverNonce, server(ctx));
      ctx.writeAndFlush(
          Handshake.proof(ctx.alloc(), Handshake.CLIENT_PROOF, proof), ctx.voidPromise());
    }
  }

  private void proven(ChannelHandlerContext ctx, ByteBuf in) {
    if (secret == null) {
      fail(ctx, "it sent a message that has no place in the handshake");
      return;
    }
    byte[] expected =
        Handshake.prove(secret, Handshake.SERVER_PROOF, nonce, serverNonce, server(ctx));
    if (Handshake.same(expected, bytes(in, Handshake.PROOF_BYTES))) {
      establish(ctx);
    } else {
      deny(ctx, "it does not hold this node's secret; " + SAME_SECRET);
    }
  }

  private void refused(ChannelHandlerContext ctx, int version, int reason) {
    switch (reason) {
      case Handshake.SECRET_NEEDED ->
          deny(ctx, "it has a secret and this node has none; " + SAME_SECRET);
      case Handshake.SECRET_UNKNOWN ->
          deny(ctx, "it has no secret and this node has one; " + SAME_SECRET);
      case Handshake.PROOF_WRONG ->
          deny(ctx, "it has another secret than this node; " + SAME_SECRET);
      case Handshake.VERSION_UNKNOWN -> otherVersion(ctx, version);
      default -> fail(ctx, "it refused the connection");
    }
  }

  private void establish(ChannelHandlerContext ctx) {
    if (end()) {
      listener.established(ctx);
    }
  }

  private void deny(ChannelHandlerContext ctx, String why) {
    if (end()) {
      ctx.close();
      listener.refused(Kind.DENIED, why);
    }
  }

  @Override
  void otherVersion(ChannelHandlerContext ctx, int version) {
    fail(ctx, "it speaks version " + version + " of the protocol, this node " + Handshake.VERSION);
  }

  @Override
  void gone(ChannelHandlerContext ctx, String why) {
    listener.refused(Kind.UNREACHABLE, why);
  }

  @Override
  void broken(ChannelHandlerContext ctx, String why) {
    ctx.close();
    listener.refused(Kind.UNREACHABLE, why);
  }

  private static InetSocketAddress server(ChannelHandlerContext ctx) {
    return (InetSocketAddress) ctx.channel().remoteAddress();
  }

  /** Reads {@code count} bytes, which are there. */
  static byte[] bytes(ByteBuf in, int count) {
    byte[] bytes = new byte[count];
    in.readBytes(bytes);
    return bytes;
  }
}
