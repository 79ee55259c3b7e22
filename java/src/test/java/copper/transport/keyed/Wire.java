package copper.transport.keyed;

import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcException.Kind;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A network in this thread, on which somebody sits who reads and changes what goes over it. A call
 * is complete when it returns.
 */
final class Wire {
  /** Who sits there; what it returns goes on. */
  interface Tap {
    /** Sees a message to {@code address}; returns where it goes. */
    default String route(String address) {
      return address;
    }

    /** Sees a request. */
    default ByteBuffer request(String rpc, ByteBuffer request) {
      return request;
    }

    /** Sees an answer. */
    default ByteBuffer answer(String rpc, ByteBuffer answer) {
      return answer;
    }
  }

  static final Tap NOBODY = new Tap() {};

  private final Map<String, Node> nodes = new HashMap<>();
  Tap tap = NOBODY;

  /** Returns a new node; one of the same address is gone. */
  RpcTransport join(String address) {
    Node node = new Node(address);
    nodes.put(address, node);
    return node;
  }

  private final class Node implements RpcTransport {
    private final String address;
    private final Map<String, RpcHandler> handlers = new HashMap<>();

    private Node(String address) {
      this.address = address;
    }

    @Override
    public String address() {
      return address;
    }

    @Override
    public void register(String name, RpcHandler handler) {
      if (handlers.putIfAbsent(name, handler) != null) {
        throw new IllegalStateException(name);
      }
    }

    @Override
    public CompletableFuture<ByteBuffer> call(
        String to, String name, Payload request, Duration timeout) {
      Node peer = nodes.get(tap.route(to));
      RpcHandler handler = peer == null ? null : peer.handlers.get(name);
      if (handler == null) {
        Kind kind = peer == null ? Kind.UNREACHABLE : Kind.NO_SUCH_RPC;
        return CompletableFuture.failedFuture(new RpcException(kind, name + " of " + to));
      }
      ByteBuffer bytes = tap.request(name, copy(request));
      return handler
          .handle(new RpcHandler.Request(address, bytes, timeout))
          .thenApply(answer -> tap.answer(name, copy(answer)));
    }

    @Override
    public void close() {
      nodes.remove(address);
    }
  }

  private static ByteBuffer copy(Payload payload) {
    ByteBuffer all = ByteBuffer.allocate((int) payload.length()).order(ByteOrder.LITTLE_ENDIAN);
    payload.buffers().forEach(part -> all.put(part.duplicate()));
    return all.flip();
  }
}
