package copper.simulate;

import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcHandler;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The network of all nodes. A message goes through its sender's processor and uplink, takes the
 * latency, and goes through the receiver's downlink and processor; each of these takes one message
 * at a time, in the order in which they come.
 *
 * <p>No message is lost but those of a lost node, and no call of another ends before its answer is
 * there: those that would have been given up are counted.
 */
final class Network {
  /** What each message has beside its payload, in bytes. */
  private static final int HEADER = 64;

  private final VirtualTime time;
  private final Parameters.Links links;
  private final Jitter jitter;
  private final Messages messages = new Messages();
  private final Map<String, Port> ports = new HashMap<>();
  private final boolean losses;
  private long late;

  /**
   * Makes a network without nodes.
   *
   * @param losses whether nodes will be lost
   */
  Network(VirtualTime time, Parameters.Links links, boolean losses, Jitter jitter) {
    this.losses = losses;
    this.time = time;
    this.links = links;
    this.jitter = jitter;
  }

  /** Returns a new node's transport. */
  RpcTransport join(String address) {
    Port port = new Port(address);
    ports.put(address, port);
    return port;
  }

  /** Returns how many calls had their answer after the time they were given. */
  long late() {
    return late;
  }

  /** Returns how many bytes of messages are kept for all nodes together. */
  long sharedBytes() {
    return messages.sharedBytes();
  }

  /** Has a node neither hear nor say a word from now on. */
  void lose(String address) {
    ports.get(address).lost = true;
  }

  /** Tells whether a node is lost. */
  boolean isLost(String address) {
    return ports.get(address).lost;
  }

  private void send(Port from, Port to, Payload payload, Consumer<ByteBuffer> deliver) {
    if (from.lost) {
      return;
    }
    long wire = wireTime(HEADER + payload.length());
    long start = Math.max(from.work(time.read()), from.upFree);
    from.upFree = start + wire;
    time.at(
        start + jitter.around(links.latency()),
        () -> {
          to.downFree = Math.max(time.read(), to.downFree) + wire;
          time.at(to.downFree, () -> arrive(to, payload, deliver));
        });
  }

  /** The processor is taken now and not before: it may have to send something meanwhile. */
  private void arrive(Port to, Payload payload, Consumer<ByteBuffer> deliver) {
    if (to.lost) {
      return;
    }
    time.at(
        to.work(time.read()),
        () -> {
          if (!to.lost) {
            deliver.accept(messages.join(payload));
          }
        });
  }

  private long wireTime(long bytes) {
    return (long) (bytes * 1e9 / links.bandwidth());
  }

  /** A node's place in the network. */
  private final class Port implements RpcTransport {
    private final String address;
    private final Map<String, RpcHandler> handlers = new HashMap<>();
    private long upFree;
    private long downFree;
    private long processorFree;
    private boolean lost;

    private Port(String address) {
      this.address = address;
    }

    /**
     * Returns when the processor, which gets another message at {@code from}, has dealt with it.
     */
    private long work(long from) {
      processorFree = Math.max(from, processorFree) + links.message();
      return processorFree;
    }

    @Override
    public String address() {
      return address;
    }

    @Override
    public void register(String name, RpcHandler handler) {
      if (handlers.putIfAbsent(name, handler) != null) {
        throw new IllegalStateException(name + " is registered at " + address + " already");
      }
    }

    @Override
    public CompletableFuture<ByteBuffer> call(
        String peer, String name, Payload request, Duration timeout) {
      Port server = ports.get(peer);
      if (server == null) {
        return CompletableFuture.failedFuture(
            new RpcException(RpcException.Kind.UNREACHABLE, "there is no node " + peer));
      }
      CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
      long deadline = time.read() + timeout.toNanos();
      if (losses) {
        time.at(deadline, () -> giveUp(server, name, answer));
      }
      send(
          this,
          server,
          request,
          message -> serve(server, name, message, timeout, deadline, answer));
      return answer;
    }

    /** Ends a call that will have no answer. */
    private void giveUp(Port server, String name, CompletableFuture<ByteBuffer> answer) {
      if (server.lost || lost) {
        answer.completeExceptionally(
            new RpcException(
                RpcException.Kind.TIMEOUT, name + " of " + server.address + " has no answer"));
      }
    }

    private void serve(
        Port server,
        String name,
        ByteBuffer message,
        Duration timeout,
        long deadline,
        CompletableFuture<ByteBuffer> answer) {
      RpcHandler handler = server.handlers.get(name);
      if (handler == null) {
        fail(server, RpcException.Kind.NO_SUCH_RPC, name, answer);
        return;
      }
      handler
          .handle(new RpcHandler.Request(address, message, timeout))
          .whenComplete(
              (payload, failure) -> {
                if (failure != null) {
                  fail(server, RpcException.Kind.FAILED, name, answer);
                  return;
                }
                send(
                    server,
                    this,
                    payload,
                    bytes -> {
                      late += time.read() > deadline ? 1 : 0;
                      answer.complete(bytes);
                    });
              });
    }

    private void fail(
        Port server, RpcException.Kind kind, String name, CompletableFuture<ByteBuffer> answer) {
      send(
          server,
          this,
          Payload.EMPTY,
          nothing ->
              answer.completeExceptionally(
                  new RpcException(kind, name + " of " + server.address + ": " + kind)));
    }

    @Override
    public void close() {
      ports.remove(address);
    }
  }
}
