package copper.store;

import copper.codec.CodecException;
import copper.codec.Hello;
import copper.codec.Rpcs;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.logging.Logger;

/** Says hello to another node, and learns what it can. */
final class Greeting {
  private static final Logger LOG = Logger.getLogger(Greeting.class.getName());

  private final Hello own = Hello.own();
  private final RpcTransport transport;
  private final String peer;
  private final Duration timeout;

  /** Makes a greeting to {@code peer}, which may be said again and again. */
  Greeting(RpcTransport transport, String peer, Duration timeout) {
    this.transport = transport;
    this.peer = peer;
    this.timeout = timeout;
  }

  /**
   * Says hello. Fails with an {@link RpcException} if the node cannot be reached; one that is there
   * and does not understand can do what a C++ node can.
   */
  CompletableFuture<Capabilities> say() {
    return transport
        .call(peer, Rpcs.HELLO, new Payload(own.encode()), timeout)
        .handle((payload, failure) -> failure == null ? heard(payload) : notUnderstood(failure));
  }

  private Capabilities heard(ByteBuffer payload) {
    Hello hello;
    try {
      hello = Hello.decode(payload);
    } catch (CodecException e) {
      LOG.warning(() -> peer + " is taken for a C++ node, its answer cannot be read: " + e);
      return Capabilities.ORIGINAL;
    }
    Capabilities common = Capabilities.between(own, hello);
    if (common.version() == 0) {
      LOG.warning(
          () ->
              peer
                  + " (Copper for Java "
                  + hello.build()
                  + ") speaks the versions "
                  + hello.oldest()
                  + " to "
                  + hello.newest()
                  + " of the protocol, this node only "
                  + Hello.VERSION
                  + ": they talk as C++ nodes do; have all nodes run one release");
    } else {
      LOG.fine(() -> peer + " is Copper for Java " + hello.build() + " and can " + common);
    }
    return common;
  }

  private Capabilities notUnderstood(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (!(cause instanceof RpcException e)) {
      throw new CompletionException(cause);
    }
    return switch (e.kind()) {
      case NO_SUCH_RPC -> {
        LOG.fine(() -> peer + " is a C++ node");
        yield Capabilities.ORIGINAL;
      }
      case FAILED, BAD_MESSAGE -> {
        LOG.warning(() -> peer + " is taken for a C++ node: " + e.getMessage());
        yield Capabilities.ORIGINAL;
      }
      case UNREACHABLE, TIMEOUT, OVERLOADED, DENIED, CLOSED -> throw new CompletionException(e);
    };
  }
}
