package copper.transport.tcp;

import copper.transport.Eventually;
import copper.transport.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;

/** One end of a connection that says what a test likes, in blocking steps. */
final class RawSocket implements AutoCloseable {
  /** A frame as it came. */
  record Frame(int type, long id, ByteBuffer body) {}

  final Socket socket;
  final DataInputStream in;
  private final OutputStream out;
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

  RawSocket(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout((int) Eventually.PATIENCE.toMillis());
    socket.setTcpNoDelay(true);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** Connects to {@code transport}. */
  static RawSocket to(TcpTransport transport) throws IOException {
    TcpAddress address = TcpAddress.parse(transport.address());
    return new RawSocket(new Socket(address.host(), address.port()));
  }

  /** Returns how log lines name this end. */
  String name() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  void send(byte[] bytes) throws IOException {
    sent.write(bytes);
    out.write(bytes);
  }

  void send(ByteBuf bytes) throws IOException {
    byte[] copy = new byte[bytes.readableBytes()];
    bytes.readBytes(copy);
    bytes.release();
    send(copy);
  }

  /** Returns everything sent so far. */
  byte[] sent() {
    return sent.toByteArray();
  }

  byte[] receive(int count) throws IOException {
    byte[] bytes = new byte[count];
    in.readFully(bytes);
    return bytes;
  }

  /** Returns what comes until the other end closes. */
  byte[] receiveToTheEnd() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] some = new byte[8 << 10];
    try {
      for (int count = in.read(some); count >= 0; count = in.read(some)) {
        all.write(some, 0, count);
      }
    } catch (java.net.SocketException e) {
      // A reset ends a connection as well.
    }
    return all.toByteArray();
  }

  /** Shakes hands as a client that has {@code secret}, or none. */
  void greet(Secret secret) throws IOException {
    byte[] nonce = new byte[Handshake.NONCE_BYTES];
    send(opening(Handshake.HELLO, secret != null, nonce));
    byte[] challenge = receive(Handshake.OPENING_BYTES);
    if (secret != null) {
      byte[] server =
          Arrays.copyOfRange(challenge, Handshake.PREFIX_BYTES + 1, Handshake.OPENING_BYTES);
      InetSocketAddress end = (InetSocketAddress) socket.getRemoteSocketAddress();
      send(
          Handshake.proof(
              UnpooledByteBufAllocator.DEFAULT,
              Handshake.CLIENT_PROOF,
              Handshake.prove(secret, Handshake.CLIENT_PROOF, nonce, server, end)));
      receive(Handshake.PREFIX_BYTES + Handshake.PROOF_BYTES);
    }
  }

  /** Shakes hands as a server without a secret. */
  void welcome() throws IOException {
    receive(Handshake.OPENING_BYTES);
    send(opening(Handshake.CHALLENGE, false, new byte[Handshake.NONCE_BYTES]));
  }

  static ByteBuf opening(int type, boolean secret, byte[] nonce) {
    return Handshake.opening(UnpooledByteBufAllocator.DEFAULT, type, secret, nonce);
  }

  /** Returns a frame of {@code type} whose body {@code fill} writes. */
  static ByteBuf frame(int type, long id, Supplier<ByteBuf> fill) {
    ByteBuf body = fill.get();
    ByteBuf frame = Unpooled.buffer();
    frame.writeInt(FrameCodec.COUNTED_BYTES + body.readableBytes()).writeByte(type).writeLong(id);
    frame.writeBytes(body);
    body.release();
    return frame;
  }

  /** Returns a request whose frame has {@code data} out of a payload of {@code total} bytes. */
  static ByteBuf request(long id, String name, int timeoutMillis, int total, byte[] data) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    return frame(
        FrameCodec.REQUEST,
        id,
        () ->
            Unpooled.buffer()
                .writeInt(timeoutMillis)
                .writeInt(total)
                .writeByte(text.length)
                .writeBytes(text)
                .writeBytes(data));
  }

  /** Returns a request that is whole. */
  static ByteBuf request(long id, String name, byte[] data) {
    return request(id, name, 60_000, data.length, data);
  }

  Frame receiveFrame() throws IOException {
    int length = in.readInt();
    int type = in.readUnsignedByte();
    long id = in.readLong();
    return new Frame(type, id, ByteBuffer.wrap(receive(length - FrameCodec.COUNTED_BYTES)));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
