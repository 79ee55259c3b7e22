package copper.transport.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What both ends of the handshake have in common: messages of fixed length, a time limit, and one
 * end, good or bad.
 *
 * <p>Confined to the channel's event loop. Takes part in one connection.
 */
abstract class HandshakeHandler extends ByteToMessageDecoder {
  private final Duration limit;
  private ScheduledFuture<?> timer;
  private boolean ended;

  HandshakeHandler(Duration limit) {
    this.limit = limit;
  }

  /** Starts, on an open connection. */
  abstract void start(ChannelHandlerContext ctx);

  /** Returns the length of a message of this {@code type}, 0 if it must not come now. */
  abstract int length(int type);

  /** Takes the rest of a message, of which magic, version and type are read. */
  abstract void message(ChannelHandlerContext ctx, int version, int type, ByteBuf in);

  /** Takes note that the other end speaks another version than this one. */
  abstract void otherVersion(ChannelHandlerContext ctx, int version);

  /** Takes note that the other end has closed; called once, and not after {@link #end}. */
  abstract void gone(ChannelHandlerContext ctx, String why);

  /** Ends the connection; called once, and not after {@link #end}. */
  abstract void broken(ChannelHandlerContext ctx, String why);

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    timer =
        ctx.executor()
            .schedule(
                () -> fail(ctx, "no handshake within " + limit.toMillis() + " ms"),
                limit.toNanos(),
                TimeUnit.NANOSECONDS);
    start(ctx);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (ended) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (!Handshake.hasMagic(in)) {
      fail(ctx, "it sent bytes that are not of this protocol");
      return;
    }
    if (in.readableBytes() < Handshake.PREFIX_BYTES) {
      return;
    }
    int version = in.getUnsignedByte(in.readerIndex() + 4);
    int type = in.getUnsignedByte(in.readerIndex() + 5);
    int length = length(type);
    if (version != Handshake.VERSION && type != Handshake.REFUSAL) {
      otherVersion(ctx, version);
    } else if (length == 0) {
      fail(ctx, "it sent a message that has no place in the handshake");
    } else if (in.readableBytes() >= length) {
      in.skipBytes(Handshake.PREFIX_BYTES);
      message(ctx, version, type, in);
    }
  }

  @Override
  protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    // Whether the other end has closed in a message or between two makes no difference.
    in.skipBytes(in.readableBytes());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    if (end()) {
      gone(ctx, "it closed the connection during the handshake");
    }
    super.channelInactive(ctx);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(ctx, "the handshake failed: " + cause);
  }

  /** Marks the handshake as ended; returns whether it was not before. */
  final boolean end() {
    if (ended) {
      return false;
    }
    ended = true;
    if (timer != null) {
      timer.cancel(false);
    }
    return true;
  }

  /** Ends the handshake and the connection unless it has ended before. */
  final void fail(ChannelHandlerContext ctx, String why) {
    if (end()) {
      broken(ctx, why);
    }
  }
}
