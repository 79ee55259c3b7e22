package copper.transport.tcp;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The messages of one connection that wait to be sent.
 *
 * <p>They take turns, a frame each, so that a long one does not hold up the others. No more is
 * handed to the channel than its buffer holds, so that what a slow peer does not take stays here,
 * where it is counted and can be dropped.
 *
 * <p>Confined to the event loop of its connection.
 */
final class FrameQueue {
  /** Frames sent in one go before other connections of the event loop get their turn. */
  private static final int FRAMES_A_TURN = 64;

  private final Channel channel;
  private final EventLoop loop;
  private final Set<OutMessage> waiting = new LinkedHashSet<>();
  private long bytes;
  private boolean scheduled;

  FrameQueue(Channel channel) {
    this.channel = channel;
    this.loop = channel.eventLoop();
  }

  /**
   * Sends {@code message}, after what else is to be sent now, in one write where that is little.
   */
  void add(OutMessage message) {
    waiting.add(message);
    bytes += message.length();
    schedule();
  }

  /** Takes back what has not been handed to the channel of {@code message}. */
  void drop(OutMessage message) {
    if (waiting.remove(message)) {
      bytes -= message.length();
    }
  }

  /** Takes back everything. */
  void clear() {
    waiting.clear();
    bytes = 0;
  }

  /** Returns how many messages are not done. */
  int size() {
    return waiting.size();
  }

  /** Returns the payload bytes of all messages that are not done. */
  long bytes() {
    return bytes;
  }

  /** Goes on sending; to be called when the channel has become writable. */
  void schedule() {
    if (!scheduled) {
      scheduled = EventLoops.tryExecute(loop, this::send);
    }
  }

  private void send() {
    scheduled = false;
    int frames = 0;
    while (!waiting.isEmpty() && channel.isWritable() && frames < FRAMES_A_TURN) {
      Iterator<OutMessage> first = waiting.iterator();
      OutMessage message = first.next();
      first.remove();
      try {
        message.writeFrame(channel);
      } catch (OutOfMemoryError e) {
        // Half a message has gone, so the connection is lost, and its peers' calls with it.
        channel.pipeline().fireExceptionCaught(e);
        return;
      }
      frames++;
      if (message.isDone()) {
        bytes -= message.length();
        message.done();
      } else {
        waiting.add(message);
      }
    }
    if (frames > 0) {
      channel.flush();
    }
    if (!waiting.isEmpty() && channel.isWritable()) {
      schedule();
    }
  }
}
