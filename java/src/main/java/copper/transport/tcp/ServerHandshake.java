package copper.transport.tcp;

import copper.transport.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.logging.Level;

/**
 * The accepting end of the handshake.
 *
 * <p>Until it ends well the other end may be anybody; it gets nothing but a nonce and a reason.
 */
final class ServerHandshake extends HandshakeHandler {
  /** Who wants to know how it ends; told once, on the event loop. */
  interface Listener {
    /** The other end may call; no handler but the handshake's is in the pipeline. */
    void established(ChannelHandlerContext handshake);

    /** The connection is being closed; {@code why} completes "refused PEER: ". */
    void refused(ChannelHandlerContext handshake, Level level, String why);
  }

  private final Secret secret;
  private final Listener listener;
  private final byte[] nonce = new byte[Handshake.NONCE_BYTES];
  private byte[] clientNonce;

  ServerHandshake(Secret secret, SecureRandom random, Duration limit, Listener listener) {
    super(limit);
    this.secret = secret;
    this.listener = listener;
    random.nextBytes(nonce);
  }

  @Override
  void start(ChannelHandlerContext ctx) {
    // The client speaks first.
  }

  @Override
  int length(int type) {
    return switch (type) {
      case Handshake.HELLO -> clientNonce == null ? Handshake.OPENING_BYTES : 0;
      case Handshake.CLIENT_PROOF ->
          clientNonce == null ? 0 : Handshake.PREFIX_BYTES + Handshake.PROOF_BYTES;
      default -> 0;
    };
  }

  @Override
  void message(ChannelHandlerContext ctx, int version, int type, ByteBuf in) {
    if (type == Handshake.HELLO) {
      greeted(ctx, in);
    } else {
      proven(ctx, in);
    }
  }

  private void greeted(ChannelHandlerContext ctx, ByteBuf in) {
    int flag = in.readUnsignedByte();
    if (flag > 1) {
      fail(ctx, "it says neither that it has a secret nor that it has none");
      return;
    }
    boolean secretThere = flag == 1;
    clientNonce = ClientHandshake.bytes(in, Handshake.NONCE_BYTES);
    if (secret != null && !secretThere) {
      refuse(ctx, Handshake.SECRET_NEEDED, "it has no secret and this node has one");
    } else if (secret == null && secretThere) {
      refuse(ctx, Handshake.SECRET_UNKNOWN, "it has a secret and this node has none");
    } else {
      ctx.writeAndFlush(
          Handshake.opening(ctx.alloc(), Handshake.CHALLENGE, secret != null, nonce),
          ctx.voidPromise());
      if (secret == null) {
        establish(ctx);
      }
    }
  }

  private void proven(ChannelHandlerContext ctx, ByteBuf in) {
    InetSocketAddress here = (InetSocketAddress) ctx.channel().localAddress();
    byte[] expected = Handshake.prove(secret, Handshake.CLIENT_PROOF, clientNonce, nonce, here);
    if (!Handshake.same(expected, ClientHandshake.bytes(in, Handshake.PROOF_BYTES))) {
      refuse(ctx, Handshake.PROOF_WRONG, "it does not hold this node's secret");
      return;
    }
    byte[] proof = Handshake.prove(secret, Handshake.SERVER_PROOF, clientNonce, nonce, here);
    ctx.writeAndFlush(
        Handshake.proof(ctx.alloc(), Handshake.SERVER_PROOF, proof), ctx.voidPromise());
    establish(ctx);
  }

  private void establish(ChannelHandlerContext ctx) {
    if (end()) {
      listener.established(ctx);
    }
  }

  private void refuse(ChannelHandlerContext ctx, int reason, String why) {
    if (end()) {
      ctx.writeAndFlush(Handshake.refusal(ctx.alloc(), reason))
          .addListener(ChannelFutureListener.CLOSE);
      listener.refused(ctx, Level.WARNING, why);
    }
  }

  @Override
  void otherVersion(ChannelHandlerContext ctx, int version) {
    refuse(ctx, Handshake.VERSION_UNKNOWN, "it speaks version " + version + " of the protocol");
  }

  @Override
  void gone(ChannelHandlerContext ctx, String why) {
    // Nothing to worry about: a node that ends, or somebody who looks which ports are open.
    listener.refused(ctx, Level.FINE, why);
  }

  @Override
  void broken(ChannelHandlerContext ctx, String why) {
    ctx.close();
    listener.refused(ctx, Level.WARNING, why);
  }
}
