package copper.transport.margo;

import copper.transport.Payload;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A native node, which it keeps alive while a method runs. Owns the native memory.
 *
 * <p>Once the node is ending, methods that would start something return false, 0 or nothing. After
 * {@link #close} all throw {@link IllegalStateException}.
 */
final class NativeNode implements AutoCloseable {
  private final long node;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean ended;

  private NativeNode(long node) {
    this.node = node;
  }

  /** Starts a node; blocks for some milliseconds. */
  static NativeNode start(String address, String config, long maxPayload, boolean mayBeEnded) {
    return new NativeNode(MargoNative.start(address, config, maxPayload, mayBeEnded));
  }

  /** Holds off {@link #close}. */
  private Lock use() {
    Lock use = lock.readLock();
    use.lock();
    if (closed.get()) {
      use.unlock();
      throw new IllegalStateException("the transport is closed");
    }
    return use;
  }

  /** Returns the address as Mercury writes it. */
  String address() {
    Lock use = use();
    try {
      return MargoNative.address(node);
    } finally {
      use.unlock();
    }
  }

  /** Makes an RPC known; returns 0 if the node is ending. One thread at a time. */
  long register(String name, int index) {
    Lock use = use();
    try {
      return MargoNative.register(node, name, index);
    } finally {
      use.unlock();
    }
  }

  /** Has requests for an RPC delivered. */
  void serve(long rpc) {
    Lock use = use();
    try {
      MargoNative.serve(rpc);
    } finally {
      use.unlock();
    }
  }

  /** Returns Mercury's number for an RPC. */
  long id(long rpc) {
    Lock use = use();
    try {
      return MargoNative.id(rpc);
    } finally {
      use.unlock();
    }
  }

  /** Returns the peer at an address; 0 if the node is ending. */
  long lookup(String address) {
    Lock use = use();
    try {
      return MargoNative.lookup(node, address);
    } finally {
      use.unlock();
    }
  }

  /** Sends a call; returns false if the node is ending. */
  boolean forward(long peer, long rpc, long call, double timeoutMillis, Payload payload) {
    Outgoing out = Outgoing.of(payload);
    Lock use = use();
    try {
      return MargoNative.forward(node, peer, rpc, call, timeoutMillis, out.parts(), out.layout());
    } finally {
      use.unlock();
    }
  }

  /** Asks a peer to end; returns false if the node itself is ending. */
  boolean shutdownPeer(long peer, long call, double timeoutMillis) {
    Lock use = use();
    try {
      return MargoNative.shutdownPeer(node, peer, call, timeoutMillis);
    } finally {
      use.unlock();
    }
  }

  /** Gives a call up. */
  void cancel(long call) {
    Lock use = use();
    try {
      MargoNative.cancel(node, call);
    } finally {
      use.unlock();
    }
  }

  /** Waits for an event; see {@link MargoNative#poll}. Not for use once {@link #close} runs. */
  byte[] poll(long timeoutMillis, long[] event, String[] text) {
    return MargoNative.poll(node, timeoutMillis, event, text);
  }

  /** Answers a request, once. */
  void respond(long request, Payload payload) {
    Outgoing out = Outgoing.of(payload);
    Lock use = use();
    try {
      MargoNative.respond(node, request, out.parts(), out.layout());
    } finally {
      use.unlock();
    }
  }

  /** Answers a request with an error, once. */
  void refuse(long request, int reason) {
    Lock use = use();
    try {
      MargoNative.refuse(node, request, reason);
    } finally {
      use.unlock();
    }
  }

  /** Gives up answers that take longer than {@code longest}; to be called now and then. */
  void sweep(Duration longest) {
    Lock use = use();
    try {
      MargoNative.sweep(node, longest.toMillis());
    } finally {
      use.unlock();
    }
  }

  /** Ends the node, so that pollers return; false if it has not ended in time. */
  boolean stop(Duration timeout) {
    ended = MargoNative.stop(node, timeout.toMillis());
    return ended;
  }

  /** Frees the node, after {@link #stop} and when no thread polls it any more. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      lock.writeLock().lock();
      try {
        if (ended) {
          MargoNative.release(node);
        }
      } finally {
        lock.writeLock().unlock();
      }
    }
  }
}
