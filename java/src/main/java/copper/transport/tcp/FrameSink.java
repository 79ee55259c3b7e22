package copper.transport.tcp;

import io.netty.buffer.ByteBuf;

/**
 * What takes the frames of one connection as {@link FrameDecoder} reads them.
 *
 * <p>Called on the connection's event loop. Each method may throw a {@link ProtocolException}.
 */
interface FrameSink {
  /** A request begins; its payload of {@code length} bytes, if that is not 0, comes as data. */
  void request(long id, int timeoutMillis, int length, String name);

  /** An answer begins; its payload of {@code length} bytes, if that is not 0, comes as data. */
  void answer(long id, int length);

  /**
   * The next bytes of a payload, at least one.
   *
   * @param bytes borrowed until return; what is not read is passed over
   */
  void data(long id, ByteBuf bytes);

  /** The call failed at the server. */
  void failure(long id, int code, String message);

  /** The client gave the call up. */
  void cancel(long id);
}
