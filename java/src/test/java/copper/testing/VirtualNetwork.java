package copper.testing;

import copper.simulate.VirtualTime;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A network of nodes in this process, on virtual time: a message takes {@link #LATENCY}, a node
 * that is {@linkplain #cut cut off} is unreachable, and one that is {@linkplain #hang hung} never
 * answers.
 */
public final class VirtualNetwork {
  /** How long each message takes. */
  public static final Duration LATENCY = Duration.ofMillis(1);

  private final VirtualTime time;
  private final Map<String, Node> nodes = new HashMap<>();
  private final Set<String> cut = new HashSet<>();
  private final Set<String> hung = new HashSet<>();
  private final Set<String> denying = new HashSet<>();
  private final List<String> calls = new ArrayList<>();
  private final List<Integer> answers = new ArrayList<>();

  /** Makes a network without nodes. */
  public VirtualNetwork(VirtualTime time) {
    this.time = time;
  }

  /** Returns a new node's transport. */
  public RpcTransport join(String address) {
    Node node = new Node(address);
    nodes.put(address, node);
    return node;
  }

  /** Makes a node unreachable. */
  public void cut(String address) {
    cut.add(address);
  }

  /** Makes a node silent. */
  public void hang(String address) {
    hung.add(address);
  }

  /** Makes a node refuse all others. */
  public void deny(String address) {
    denying.add(address);
  }

  /** Undoes {@link #cut} and {@link #hang}. */
  public void heal(String address) {
    cut.remove(address);
    hung.remove(address);
  }

  /** Makes a node not know an RPC. */
  public void forget(String address, String rpc) {
    nodes.get(address).handlers.remove(rpc);
  }

  /** Makes a node serve an RPC so. */
  public void serve(String address, String rpc, RpcHandler handler) {
    nodes.get(address).handlers.put(rpc, handler);
  }

  /** Returns "time-in-ms rpc address" of every call so far. */
  public List<String> calls() {
    return calls;
  }

  /** Returns the length in bytes of every answer so far. */
  public List<Integer> answers() {
    return answers;
  }

  /** Returns the number of calls of {@code rpc} so far. */
  public long count(String rpc) {
    return calls.stream().filter(call -> call.contains(" " + rpc + " ")).count();
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
      handlers.put(name, handler);
    }

    @Override
    public CompletableFuture<ByteBuffer> call(
        String peer, String name, Payload request, Duration timeout) {
      calls.add(TimeUnit.NANOSECONDS.toMillis(time.read()) + " " + name + " " + peer);
      CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
      time.schedule(
          () -> answer.completeExceptionally(failure(RpcException.Kind.TIMEOUT, name, peer)),
          timeout.toNanos(),
          TimeUnit.NANOSECONDS);
      ByteBuffer bytes = copy(request);
      later(() -> deliver(peer, name, bytes, timeout, answer));
      return answer;
    }

    private void deliver(
        String peer,
        String name,
        ByteBuffer request,
        Duration timeout,
        CompletableFuture<ByteBuffer> answer) {
      if (cut.contains(peer) || !nodes.containsKey(peer)) {
        answer.completeExceptionally(failure(RpcException.Kind.UNREACHABLE, name, peer));
        return;
      }
      if (denying.contains(peer)) {
        answer.completeExceptionally(failure(RpcException.Kind.DENIED, name, peer));
        return;
      }
      RpcHandler handler = nodes.get(peer).handlers.get(name);
      if (hung.contains(peer)) {
        return;
      }
      if (handler == null) {
        answer.completeExceptionally(failure(RpcException.Kind.NO_SUCH_RPC, name, peer));
        return;
      }
      handler
          .handle(new RpcHandler.Request(address, request, timeout))
          .whenComplete(
              (payload, failure) ->
                  later(
                      () -> {
                        if (failure != null) {
                          answer.completeExceptionally(
                              failure(RpcException.Kind.FAILED, name, peer));
                        } else if (!hung.contains(peer)) {
                          ByteBuffer bytes = copy(payload);
                          answers.add(bytes.remaining());
                          answer.complete(bytes);
                        }
                      }));
    }

    private void later(Runnable action) {
      time.schedule(action, LATENCY.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
      nodes.remove(address);
    }
  }

  private static RpcException failure(RpcException.Kind kind, String name, String peer) {
    return new RpcException(kind, name + " of " + peer + ": " + kind);
  }

  private static ByteBuffer copy(Payload payload) {
    ByteBuffer all = ByteBuffer.allocate((int) payload.length()).order(ByteOrder.LITTLE_ENDIAN);
    payload.buffers().forEach(part -> all.put(part.duplicate()));
    return all.flip();
  }
}
