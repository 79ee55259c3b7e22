package copper.store;

import copper.codec.CodecException;
import copper.codec.Hello;
import copper.codec.Rpcs;
import copper.model.Failures;
import copper.transport.Payload;
import copper.transport.RpcException;
import copper.transport.RpcTransport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.logging.Logger;

/** Says hello to another node, and learns what it can. */
final class Greeting {
  private static final Logger LOG = Logger.getLogger(Greeting.class.getName());

  private final Hello own;
  private final RpcTransport transport;
  private final String peer;
  private final Duration timeout;

  /**
   * Makes a greeting to {@code peer}, which may be said again and again.
   *
   * @param own what this node says of itself
   */
  Greeting(RpcTransport transport, String peer, Hello own, Duration timeout) {
    this.own = own;
    this.transport = transport;
    this.peer = peer;
    this.timeout = timeout;
  }

  /**
   * Says hello. Fails with an {@link RpcException} if the node cannot be reached; one that is there
   * and does not understand can do what a C++ node can. One that is in another tree must not be
   * asked, for it might ask this node in its turn: it fails with {@link RpcException.Kind#DENIED}.
   */
  CompletableFuture<Capabilities> say() {
    return transport
        .call(peer, Rpcs.HELLO, new Payload(own.encode()), timeout)
        .handle((payload, failure) -> failure == null ? heard(payload) : notUnderstood(failure));
  }

  /** A node that tells of no tree, a C++ node or an older one, has the original's. */
  private void checkTree(Optional<String> other) {
    Optional<String> tree = own.tree();
    boolean same = other.isEmpty() ? !own.needsTree() : tree.equals(other);
    if (tree.isPresent() && !same) {
      throw new CompletionException(
          new RpcException(
              RpcException.Kind.DENIED,
              peer
                  + " has other trees ("
                  + other.orElse("those of C++ Copper")
                  + ") than this node ("
                  + tree.get()
                  + "): give all nodes of the job the same address book, -trees, -fanout and -tree"));
    }
  }

  private Capabilities heard(ByteBuffer payload) {
    Hello hello;
    try {
      hello = Hello.decode(payload);
    } catch (CodecException e) {
      LOG.warning(() -> peer + " is taken for a C++ node, its answer cannot be read: " + e);
      checkTree(Optional.empty());
      return Capabilities.ORIGINAL;
    }
    checkTree(hello.tree());
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
    Throwable cause = Failures.cause(failure);
    if (!(cause instanceof RpcException e)) {
      throw new CompletionException(cause);
    }
    return switch (e.kind()) {
      case NO_SUCH_RPC -> {
        LOG.fine(() -> peer + " is a C++ node");
        checkTree(Optional.empty());
        yield Capabilities.ORIGINAL;
      }
      case FAILED, BAD_MESSAGE -> {
        LOG.warning(() -> peer + " is taken for a C++ node: " + e.getMessage());
        checkTree(Optional.empty());
        yield Capabilities.ORIGINAL;
      }
      case UNREACHABLE, TIMEOUT, OVERLOADED, DENIED, CLOSED -> throw new CompletionException(e);
    };
  }
}
