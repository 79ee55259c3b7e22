package copper.transport.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Reads the frames that {@link FrameCodec} describes and hands them to a {@link FrameSink}.
 *
 * <p>Holds at most the head of one frame: data is handed on as it arrives, in pieces as it arrives,
 * so no length that a peer claims makes this class allocate anything. After the first thing that is
 * no frame it throws a {@link ProtocolException} into the pipeline, once, and passes over the rest.
 */
final class FrameDecoder extends ByteToMessageDecoder {
  private final boolean server;
  private final FrameSink sink;
  private boolean broken;
  private long id;

  /** The bytes of data of the current frame yet to come, 0 between frames. */
  private int data;

  /** Makes a decoder of what comes to the server's, or else the client's, end. */
  FrameDecoder(boolean server, FrameSink sink) {
    this.server = server;
    this.sink = sink;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (broken) {
      in.skipBytes(in.readableBytes());
      return;
    }
    broken = true;
    // One frame or piece a round: Netty calls again as long as something was read.
    if (data > 0) {
      piece(in);
    } else if (in.readableBytes() >= FrameCodec.HEADER_BYTES) {
      frame(in);
    }
    broken = false;
  }

  private void piece(ByteBuf in) {
    int count = Math.min(data, in.readableBytes());
    data -= count;
    sink.data(id, in.readSlice(count));
  }

  private void frame(ByteBuf in) {
    int start = in.readerIndex();
    long length = in.getUnsignedInt(start);
    int type = in.getUnsignedByte(start + FrameCodec.LENGTH_BYTES);
    if (length < FrameCodec.COUNTED_BYTES || length > FrameCodec.LONGEST_FRAME) {
      throw new ProtocolException("a frame of " + length + " bytes");
    }
    boolean fits =
        switch (type) {
          case FrameCodec.REQUEST, FrameCodec.CANCEL -> server;
          case FrameCodec.ANSWER, FrameCodec.ERROR -> !server;
          default -> type == FrameCodec.DATA;
        };
    if (!fits) {
      throw new ProtocolException("a frame of type " + type);
    }
    body(in, type, (int) length - FrameCodec.COUNTED_BYTES);
  }

  private void body(ByteBuf in, int type, int length) {
    int head = headBytes(in, type, length);
    if (head > length) {
      throw new ProtocolException("a frame of type " + type + " that is too short");
    }
    if (in.readableBytes() < FrameCodec.HEADER_BYTES + head) {
      return;
    }
    in.skipBytes(FrameCodec.LENGTH_BYTES + 1);
    id = in.readLong();
    int rest = length - head;
    switch (type) {
      case FrameCodec.REQUEST -> request(in, rest);
      case FrameCodec.ANSWER -> answer(in, rest);
      case FrameCodec.ERROR -> error(in, length);
      case FrameCodec.CANCEL -> cancel(rest);
      default -> data(rest);
    }
  }

  /** Returns how many bytes after the header must be there before the frame can be looked at. */
  private static int headBytes(ByteBuf in, int type, int length) {
    switch (type) {
      case FrameCodec.REQUEST -> {
        int lengthAt = FrameCodec.HEADER_BYTES + FrameCodec.REQUEST_BYTES - 1;
        int name =
            in.readableBytes() > lengthAt ? in.getUnsignedByte(in.readerIndex() + lengthAt) : 1;
        // A name has a byte at least, so that a frame without room for it is too short at once.
        return FrameCodec.REQUEST_BYTES + Math.max(1, name);
      }
      case FrameCodec.ANSWER -> {
        return FrameCodec.ANSWER_BYTES;
      }
      case FrameCodec.ERROR -> {
        if (length > 1 + FrameCodec.LONGEST_MESSAGE) {
          throw new ProtocolException("an error message of " + length + " bytes");
        }
        return Math.max(1, length);
      }
      default -> {
        return 0;
      }
    }
  }

  private void request(ByteBuf in, int rest) {
    long timeout = in.readUnsignedInt();
    long total = in.readUnsignedInt();
    int nameLength = in.readUnsignedByte();
    if (nameLength == 0) {
      throw new ProtocolException("a request without a name");
    }
    String name = in.readCharSequence(nameLength, StandardCharsets.UTF_8).toString();
    if (timeout > Integer.MAX_VALUE) {
      throw new ProtocolException("a timeout of " + timeout + " ms");
    }
    expect(total, rest);
    sink.request(id, (int) timeout, (int) total, name);
  }

  private void answer(ByteBuf in, int rest) {
    long total = in.readUnsignedInt();
    expect(total, rest);
    sink.answer(id, (int) total);
  }

  private void expect(long total, int rest) {
    if (total > Integer.MAX_VALUE) {
      throw new ProtocolException("a payload of " + total + " bytes");
    }
    if (rest > total) {
      throw new ProtocolException("more data than announced");
    }
    data = rest;
  }

  private void error(ByteBuf in, int length) {
    int code = in.readUnsignedByte();
    String text = in.readCharSequence(length - 1, StandardCharsets.UTF_8).toString();
    sink.failure(id, code, FrameCodec.line(text));
  }

  private void cancel(int rest) {
    if (rest > 0) {
      throw new ProtocolException("a cancel frame with data");
    }
    sink.cancel(id);
  }

  private void data(int rest) {
    if (rest == 0) {
      throw new ProtocolException("a data frame without data");
    }
    data = rest;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    // Netty's own would read on, though told not to, because no message went into the pipeline.
    discardSomeReadBytes();
    ctx.fireChannelReadComplete();
  }

  @Override
  protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    // Half a frame at the end is the business of the calls it belongs to, which fail anyway.
    if (in.isReadable()) {
      decode(ctx, in, out);
    }
  }
}
