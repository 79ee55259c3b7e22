package copper.transport.margo;

/**
 * The native methods of the shim over Margo, jni/src.
 *
 * <p>Nodes, peers, names and requests are addresses of native memory. A node may be used until
 * {@link #release}, and {@link NativeNode} keeps it so; the others belong to their node. A request
 * is used up by {@link #respond} or {@link #refuse}. All methods but {@link #start}, {@link #poll}
 * and {@link #stop} return at once. Every failure of Margo is a {@link MargoException}.
 */
final class MargoNative {
  /** Nothing happened in time. */
  static final int EVENT_NOTHING = 0;

  /** A request came: the request, its RPC's index; the text is who asks; with its payload. */
  static final int EVENT_REQUEST = 1;

  /** A call has its answer: the call; with its payload. */
  static final int EVENT_ANSWER = 2;

  /** A call failed: the call, Mercury's code; the text is the function that said so. */
  static final int EVENT_FAILURE = 3;

  /** A request could not be read: 0, its RPC's index, Mercury's code; the text is who asks. */
  static final int EVENT_REJECTED = 4;

  /** Another process has told this node to end, and it is ending. */
  static final int EVENT_SHUTDOWN = 5;

  /** The node has ended. */
  static final int EVENT_CLOSED = 6;

  /** A part of a payload that is a byte array, and its place in it; see jni/src/payload.h. */
  static final int PART_ARRAY = 0;

  /** A part of a payload that is a direct buffer, and its place from the buffer's start. */
  static final int PART_DIRECT = 1;

  /** The handler failed. */
  static final int REFUSE_FAILED = 0;

  /** There is no such RPC. */
  static final int REFUSE_NO_SUCH_RPC = 1;

  /** The request could not be understood. */
  static final int REFUSE_BAD_MESSAGE = 2;

  /** There is too much to do. */
  static final int REFUSE_OVERLOADED = 3;

  /** The node is ending. */
  static final int REFUSE_ENDING = 4;

  /** The caller has not shown that it may ask. */
  static final int REFUSE_DENIED = 5;

  private MargoNative() {}

  /** Returns Margo's version, a blank, and Mercury's. */
  static native String versions();

  /** Returns the name of a code of Mercury's. */
  static native String errorName(int code);

  /**
   * Starts a node that listens at {@code address}; blocks while Margo starts. With {@code
   * mayBeEnded} whoever reaches it can end it.
   */
  static native long start(String address, String config, long maxPayload, boolean mayBeEnded);

  /** Returns the SHA-256 of a payload. */
  static native byte[] sha256(Object[] parts, int[] layout);

  /** Returns the address at which others reach the node, as Mercury writes it. */
  static native String address(long node);

  /** Makes an RPC's name known, which is not served yet. Returns 0 if the node is ending. */
  static native long register(long node, String name, int index);

  /** From now on, requests for the RPC become events. */
  static native void serve(long rpc);

  /** Returns Mercury's number for the RPC, which both ends must agree in. */
  static native long id(long rpc);

  /** Returns the peer at {@code address}, without talking to it; 0 if the node is ending. */
  static native long lookup(long node, String address);

  /**
   * Sends a call, which gets one event with the number {@code call}. The payload has been copied
   * when this returns. Returns false, and there is no event, if the node is ending.
   *
   * @param layout three numbers for each part: PART_ARRAY or PART_DIRECT, offset, length
   */
  static native boolean forward(
      long node,
      long peer,
      long rpc,
      long call,
      double timeoutMillis,
      Object[] parts,
      int[] layout);

  /** Sends Margo's own RPC that ends a node, as {@link #forward} does. */
  static native boolean shutdownPeer(long node, long peer, long call, double timeoutMillis);

  /** Gives a call up; its event comes soon. Does nothing if it has come. */
  static native void cancel(long node, long call);

  /**
   * Waits for what happens next, {@code timeoutMillis} at most, on any number of threads.
   *
   * @param event four numbers to be filled in: the kind of event and what that says
   * @param text one text to be filled in
   * @return the payload where the event has one, else null
   */
  static native byte[] poll(long node, long timeoutMillis, long[] event, String[] text);

  /** Answers a request; the payload has been copied when this returns. */
  static native void respond(long node, long request, Object[] parts, int[] layout);

  /** Answers a request with an error, one of REFUSE_…, which its caller gets as Mercury's code. */
  static native void refuse(long node, long request, int reason);

  /**
   * Frees what answers with errors took, and gives up answers that have not been sent for {@code
   * longestMillis}, because who asked has gone. To be called now and then.
   */
  static native void sweep(long node, long longestMillis);

  /**
   * Ends a node and waits until it has ended, {@code timeoutMillis} at most. Then every {@link
   * #poll} says EVENT_CLOSED.
   *
   * @return whether it has ended; if not, it must not be released
   */
  static native boolean stop(long node, long timeoutMillis);

  /** Frees a node that has ended. */
  static native void release(long node);
}
