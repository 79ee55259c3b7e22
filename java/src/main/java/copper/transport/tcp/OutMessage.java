package copper.transport.tcp;

import copper.transport.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntSupplier;

/**
 * A message on its way out, written a frame at a time.
 *
 * <p>Large direct buffers of the payload go to the socket as they are; small and heap ones are
 * copied, the latter because NIO would copy them anyhow. The payload's buffers are borrowed until
 * the message is done or dropped; positions and limits are taken when it is made.
 *
 * <p>Made on any thread, then confined to the event loop of its connection.
 */
final class OutMessage {
  /** Writes what stands between a message's first header and its payload. */
  @FunctionalInterface
  private interface Head {
    void write(ByteBuf frame, int payloadLength);
  }

  /** Shorter parts are cheaper to copy behind the frame's header than to hand on. */
  private static final int WORTH_NO_COPY = 4 << 10;

  private static final int SMALL = 64;

  private final int type;
  private final long id;
  private final Head head;
  private final Runnable done;
  private final Deque<ByteBuffer> parts = new ArrayDeque<>();
  private final int length;
  private int remaining;
  private boolean begun;

  private OutMessage(int type, long id, Head head, Payload payload, Runnable done) {
    this.type = type;
    this.id = id;
    this.head = head;
    this.done = done;
    int sum = 0;
    for (ByteBuffer buffer : payload.buffers()) {
      ByteBuffer part = buffer.duplicate();
      if (part.hasRemaining()) {
        parts.add(part);
        sum = Math.addExact(sum, part.remaining());
      }
    }
    length = sum;
    remaining = sum;
  }

  /**
   * Returns a request, whose payload is within the limit.
   *
   * @param millis asked for the timeout when the first frame leaves
   * @param done run when the whole message has been handed to the channel
   */
  static OutMessage request(
      long id, byte[] name, IntSupplier millis, Payload payload, Runnable done) {
    Head head =
        (frame, total) ->
            frame
                .writeInt(millis.getAsInt())
                .writeInt(total)
                .writeByte(name.length)
                .writeBytes(name);
    return new OutMessage(FrameCodec.REQUEST, id, head, payload, done);
  }

  /** Returns an answer, whose payload is within the limit; {@code done} as for a request. */
  static OutMessage answer(long id, Payload payload, Runnable done) {
    return new OutMessage(FrameCodec.ANSWER, id, ByteBuf::writeInt, payload, done);
  }

  /** Returns an error; {@code done} as for a request. */
  static OutMessage error(long id, int code, String text, Runnable done) {
    Head head = (frame, total) -> frame.writeByte(code).writeBytes(FrameCodec.message(text));
    return new OutMessage(FrameCodec.ERROR, id, head, Payload.EMPTY, done);
  }

  /** Returns the end of a call by its caller. */
  static OutMessage cancel(long id) {
    return new OutMessage(FrameCodec.CANCEL, id, (frame, total) -> {}, Payload.EMPTY, () -> {});
  }

  /** Returns the payload's bytes. */
  int length() {
    return length;
  }

  /** Tells whether a part of the message, at least, has been handed to the channel. */
  boolean isBegun() {
    return begun;
  }

  /** Tells whether the whole message has been handed to the channel. */
  boolean isDone() {
    return begun && remaining == 0;
  }

  /** Runs what is to be run when the message is done. */
  void done() {
    done.run();
  }

  /** Hands the next frame to {@code channel}, not flushed. */
  void writeFrame(Channel channel) {
    int piece = Math.min(remaining, FrameCodec.PIECE);
    ByteBuf frame = channel.alloc().directBuffer(SMALL);
    try {
      frame.writeInt(0).writeByte(begun ? FrameCodec.DATA : type).writeLong(id);
      if (!begun) {
        head.write(frame, length);
      }
      begun = true;
      frame.setInt(0, frame.readableBytes() - FrameCodec.LENGTH_BYTES + piece);
      remaining -= piece;
      for (int left = piece; left > 0; ) {
        ByteBuffer next = take(left);
        left -= next.remaining();
        if (next.isDirect() && next.remaining() >= WORTH_NO_COPY) {
          channel.write(frame.retain(), channel.voidPromise());
          frame.release();
          frame = Unpooled.EMPTY_BUFFER;
          channel.write(Unpooled.wrappedBuffer(next), channel.voidPromise());
        } else {
          frame = frame.capacity() == 0 ? channel.alloc().directBuffer(SMALL) : frame;
          frame.writeBytes(next);
        }
      }
      channel.write(frame.retain(), channel.voidPromise());
    } finally {
      // The channel has its own reference to what was written.
      frame.release();
    }
  }

  /** Returns at most {@code most} bytes of the payload, all from one of its parts. */
  private ByteBuffer take(int most) {
    ByteBuffer part = parts.getFirst();
    if (part.remaining() <= most) {
      return parts.removeFirst();
    }
    ByteBuffer slice = part.slice(part.position(), most);
    part.position(part.position() + most);
    return slice;
  }
}
