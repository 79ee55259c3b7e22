package copper.transport.tcp;

import copper.transport.RpcException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The calling end of a connection: sends requests and puts answers together.
 *
 * <p>Confined to the channel's event loop.
 */
final class ClientConnection extends Connection {
  private static final long HEARD = Long.MIN_VALUE;

  private final PeerLink link;
  private final LongObjectMap<Call> calls = new LongObjectHashMap<>();

  /** When the first request since the peer was last heard was sent, or {@link #HEARD}. */
  private long silentSince = HEARD;

  private boolean retired;

  ClientConnection(PeerLink link, TcpContext context, Channel channel) {
    super(context, channel, link.address());
    this.link = link;
  }

  /** Sends the request of {@code call} and waits for its answer. */
  void send(Call call) {
    call.connection = this;
    calls.put(call.id, call);
    queue.add(call.request);
    if (silentSince == HEARD) {
      silentSince = context.now();
    }
  }

  /** Forgets {@code call}, to which the peer has sent all it will, or has been told to. */
  void forget(Call call) {
    calls.remove(call.id);
    queue.drop(call.request);
    if (retired && calls.isEmpty()) {
      close("another connection took its place");
    }
  }

  /** Forgets {@code call}, and tells the peer if that knows about it. */
  void abandon(Call call) {
    boolean known = call.request.isBegun();
    if (known) {
      queue.add(OutMessage.cancel(call.id));
    }
    forget(call);
  }

  /** Tells whether the peer has been silent for long although it owes an answer. */
  boolean isSilent() {
    return silentSince != HEARD
        && context.now() - silentSince >= context.times().silence().toNanos();
  }

  /** Ends the connection once no call uses it. */
  void retire() {
    retired = true;
    if (calls.isEmpty()) {
      close("another connection took its place");
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    silentSince = HEARD;
  }

  @Override
  public void answer(long id, int length) {
    Call call = calls.get(id);
    if (call == null) {
      return;
    }
    if (call.answer != null) {
      throw new ProtocolException("two answers to one call");
    }
    if (length > context.limits().payload()) {
      String limit = ", more than this node's limit of " + context.limits().payload();
      abandon(call);
      link.fail(call, Kind.FAILED, "the answer has " + length + " bytes" + limit, null);
      return;
    }
    call.answer = new Assembly(length);
    completeIfWhole(call);
  }

  @Override
  public void data(long id, ByteBuf bytes) {
    Call call = calls.get(id);
    if (call == null) {
      return;
    }
    if (call.answer == null) {
      throw new ProtocolException("data before the answer it belongs to");
    }
    try {
      call.answer.add(bytes);
    } catch (OutOfMemoryError e) {
      abandon(call);
      link.fail(call, Kind.OVERLOADED, "this node has no memory for the answer", e);
      return;
    }
    completeIfWhole(call);
  }

  private void completeIfWhole(Call call) {
    if (call.answer.isComplete()) {
      ByteBuffer answer = call.answer.finish();
      forget(call);
      link.succeed(call, answer);
    }
  }

  @Override
  public void failure(long id, int code, String message) {
    Call call = calls.get(id);
    if (call == null) {
      return;
    }
    Kind kind =
        switch (code) {
          case FrameCodec.NO_SUCH_RPC -> Kind.NO_SUCH_RPC;
          case FrameCodec.FAILED -> Kind.FAILED;
          case FrameCodec.TIMEOUT -> Kind.TIMEOUT;
          case FrameCodec.OVERLOADED -> Kind.OVERLOADED;
          default -> throw new ProtocolException("an error with the code " + code);
        };
    forget(call);
    link.fail(call, kind, message, null);
  }

  @Override
  public void request(long id, int timeoutMillis, int length, String name) {
    throw new IllegalStateException("the decoder lets no request to this end");
  }

  @Override
  public void cancel(long id) {
    throw new IllegalStateException("the decoder lets no cancel frame to this end");
  }

  @Override
  void ended(String why) {
    List<Call> lost = List.copyOf(calls.values());
    calls.clear();
    link.broken(this, lost, why);
  }
}
