package copper.transport.tcp;

import io.netty.handler.codec.DecoderException;

/** What a peer sent is not what {@link FrameCodec} describes; its connection ends. */
final class ProtocolException extends DecoderException {
  private static final long serialVersionUID = 1L;

  /** Completes "PEER sent …". */
  ProtocolException(String what) {
    super(what);
  }
}
